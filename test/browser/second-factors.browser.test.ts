// The second factor from end to end in a real browser: set up, asked for, and recovered from.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { codeAt } from '../support/authenticator.ts';
import { launchBrowser, newWindow } from '../support/browser.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const PICTURES = process.env['SCREENSHOTS'];
const clock = clockAhead();
const application = createServer((_, response) => response.end('Welcome back'));

let server: TestServer;
let browser: Browser;
let callback: string;
let clientId: string;

beforeAll(async () => {
  server = await startServer({}, { clock });
  browser = await launchBrowser();
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
  await createPerson(server, ALICE);
  ({ id: clientId } = await createTestClient(server, 'spa', {
    name: 'Acme Notes',
    redirectUris: [callback],
    firstParty: true,
  }));
}, 60_000);

afterAll(async () => {
  await browser.close();
  application.closeAllConnections();
  application.close();
  await server.close();
});

async function signIn(page: Page, parameters = {}) {
  const party = await relyingParty(server.issuer, clientId);
  const request = await authorizationRequest(party, { redirect_uri: callback, ...parameters });
  await page.goto(request.url.href);
  await page.fill('#login', ALICE.login);
  await page.fill('#password', ALICE.password);
  await page.click('#login-submit');
}

async function picture(page: Page, name: string) {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}

function nextCode(seed: string): string {
  clock.advance(30);
  return codeAt(seed, clock.now());
}

test('a person sets up an app, is asked for it, and gets in without it', async () => {
  const first = await newWindow(browser);
  await signIn(first.page, { acr_values: AAL2 });
  expect(first.page.url()).toMatch(/\/enrol-second-factor$/);
  const width = await first.page.$eval('img.qr', (image) => Reflect.get(image, 'naturalWidth'));
  expect(width).toBeGreaterThan(0);
  await picture(first.page, 'enrol-second-factor');
  const seed = (await first.page.textContent('#key')) ?? '';
  await first.page.reload();
  expect(await first.page.textContent('#key')).toBe(seed);
  await first.page.fill('#code', '12345');
  await first.page.press('#code', 'Enter');
  expect(await first.page.title()).toMatch(/^Error: /);
  await first.page.fill('#code', nextCode(seed));
  await first.page.click('#enrol-submit');
  const codes = await first.page.locator('#recovery-codes li').allTextContents();
  expect(codes).toHaveLength(10);
  await picture(first.page, 'recovery-codes');
  await first.page.goto(first.page.url().replace('recovery-codes', 'enrol-second-factor'));
  expect(first.page.url()).toMatch(/\/recovery-codes$/);
  expect(await first.page.locator('#recovery-codes li').allTextContents()).toEqual(codes);
  await first.page.click('#recovery-codes-continue');
  await first.page.waitForURL(`${callback}?code=**`);
  await first.context.close();

  const second = await newWindow(browser, { size: 'phone', javaScriptEnabled: false });
  await signIn(second.page);
  expect(second.page.url()).toMatch(/\/second-factor$/);
  await picture(second.page, 'second-factor');
  await second.page.fill('#code', nextCode(seed));
  await second.page.click('#second-factor-submit');
  await second.page.waitForURL(`${callback}?code=**`);
  await second.context.close();

  const third = await newWindow(browser, { scheme: 'dark' });
  await signIn(third.page);
  await third.page.click('#use-recovery-code');
  await picture(third.page, 'recovery-code');
  await third.page.fill('#code', (codes[0] ?? '').trim().toUpperCase());
  await third.page.click('#recovery-code-submit');
  await third.page.waitForURL(`${callback}?code=**`);
  await third.context.close();
}, 60_000);
