// Opening an account in a real browser: from an application, by a puzzle and a mail, to its tokens.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, newWindow } from '../support/browser.ts';
import { createTestClient } from '../support/clients.ts';
import { codeIn, linkIn, newestMailTo } from '../support/mailbox.ts';
import { authorizationRequest, redeem, relyingParty } from '../support/relying-party.ts';
import { startServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'seven quiet otters drifting';

let server: TestServer;
let browser: Browser;
let callback: string;
const application = createServer((_, response) => response.end('Welcome'));

beforeAll(async () => {
  server = await startServer({ BOT_GUARD: 'proof-of-work' });
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

async function appThatAsks() {
  const { id, secret } = await createTestClient(server, 'web', { redirectUris: [callback] });
  const party = await relyingParty(server.issuer, id, secret);
  const parameters = { prompt: 'create', redirect_uri: callback, scope: 'openid email' };
  return { party, request: await authorizationRequest(party, parameters) };
}

test('from prompt=create by puzzle and code to the tokens', async () => {
  const email = 'browser@example.com';
  const { party, request } = await appThatAsks();
  const { context, page } = await newWindow(browser);
  const refused: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') refused.push(message.text());
  });
  await page.goto(request.url.href);
  await page.fill('#email', email);
  await page.fill('#password', PASSWORD);
  // Quicker than the puzzle: the form waits for it and is sent by itself.
  await page.click('#create-submit');
  await page.waitForSelector('#code', { timeout: 60_000 });
  await page.fill('#code', codeIn(await newestMailTo(server, email, 'verify-email')));
  await page.click('#confirm-address-submit');
  await page.click('#consent-allow');
  await page.waitForURL(`${callback}**`);

  const tokens = await redeem(party, new URL(page.url()), request);
  expect(tokens.claims()).toMatchObject({ amr: ['pwd'] });
  expect(refused).toEqual([]);
  await context.close();
}, 120_000);

test('the link opened in a second tab, then on with a button', async () => {
  const email = 'tab@example.com';
  const { request } = await appThatAsks();
  const { context, page } = await newWindow(browser);
  await page.goto(request.url.href);
  await page.fill('#email', email);
  await page.fill('#password', PASSWORD);
  await page.click('#create-submit');
  await page.waitForSelector('#code', { timeout: 60_000 });

  const tab = await context.newPage();
  await tab.goto(linkIn(await newestMailTo(server, email, 'verify-email')));
  await tab.click('#account-link-submit');
  await tab.click('#address-confirmed-continue');
  await tab.waitForSelector('#consent-allow');
  expect(new URL(tab.url()).pathname).toMatch(/consent$/);
  await context.close();
}, 120_000);

test('without scripts the form says what it needs', async () => {
  const { request } = await appThatAsks();
  const { context, page } = await newWindow(browser, { javaScriptEnabled: false });
  await page.goto(request.url.href);
  expect(await page.locator('#guard-no-script').isVisible()).toBe(true);
  await context.close();
}, 60_000);
