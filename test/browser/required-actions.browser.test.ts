// All that can be required at a sign-in, one after the other, in a real browser.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { codeAt } from '../support/authenticator.ts';
import { launchBrowser, newWindow } from '../support/browser.ts';
import { createTestClient } from '../support/clients.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import {
  ALL_REQUIRED,
  mailedCode,
  NEW,
  newcomer,
  OLD,
  requirePassword,
} from '../support/required-actions.ts';
import { startServer, type TestServer } from '../support/server.ts';

const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const PICTURES = process.env['SCREENSHOTS'];
const application = createServer((_, response) => response.end('Welcome back'));

let server: TestServer;
let browser: Browser;
let callback: string;

beforeAll(async () => {
  server = await startServer(ALL_REQUIRED);
  browser = await launchBrowser();
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
}, 60_000);

afterAll(async () => {
  await browser.close();
  application.closeAllConnections();
  application.close();
  await server.close();
});

async function picture(page: Page, name: string) {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}

/** The back button, and a reload: neither leads past the page that is due. */
async function staysThere(page: Page) {
  const due = page.url();
  await page.reload();
  expect(page.url()).toBe(due);
  await page.goto(due.replace(/[^/]+$/, 'consent'));
  expect(page.url()).toBe(due);
}

test.each([
  ['phone', false],
  ['desktop', true],
] as const)(
  'a person does all four and is back, on a %s',
  async (size, javaScriptEnabled) => {
    const person = await newcomer(server);
    await requirePassword(server, person);
    const { id } = await createTestClient(server, 'spa', {
      name: 'Acme Notes',
      redirectUris: [callback],
      firstParty: true,
    });
    const party = await relyingParty(server.issuer, id);
    const wanted = { redirect_uri: callback, acr_values: AAL2 };
    const { context, page } = await newWindow(browser, { size, javaScriptEnabled });
    await page.goto((await authorizationRequest(party, wanted)).url.href);
    await page.fill('#login', person.login);
    await page.fill('#password', OLD);
    await page.click('#login-submit');

    expect(page.url()).toMatch(/\/verify-email$/);
    await staysThere(page);
    await picture(page, `verify-email-${size}`);
    await page.fill('#code', '12345678');
    await page.press('#code', 'Enter');
    expect(await page.title()).toMatch(/^Error: /);
    await page.click('#verify-email-mail');
    await page.fill('#code', await mailedCode(server, person));
    await page.click('#verify-email-submit');

    expect(page.url()).toMatch(/\/change-password$/);
    await staysThere(page);
    await picture(page, `change-password-${size}`);
    await page.fill('#password', OLD);
    await page.fill('#password-again', OLD);
    await page.click('#change-password-submit');
    expect(await page.textContent('#password-fault')).toContain('the password you have');
    await page.fill('#password', NEW);
    await page.fill('#password-again', NEW);
    await page.click('#change-password-submit');

    expect(page.url()).toMatch(/\/enrol-second-factor$/);
    const seed = (await page.textContent('#key')) ?? '';
    await page.fill('#code', codeAt(seed, new Date()));
    await page.click('#enrol-submit');
    await page.click('#recovery-codes-continue');

    expect(page.url()).toMatch(/\/accept-terms$/);
    await staysThere(page);
    await picture(page, `accept-terms-${size}`);
    expect(await page.getAttribute('#terms', 'href')).toBe(ALL_REQUIRED.TERMS_URL);
    await page.click('#accept-terms-submit');
    await page.waitForURL(`${callback}?code=**`);
    await context.close();
  },
  90_000,
);
