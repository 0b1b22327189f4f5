// Signing in by mail in a real browser, without scripts, as a person does it: ask, read at /dev/mail, come back.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, newWindow } from '../support/browser.ts';
import { createTestClient } from '../support/clients.ts';
import { codeIn, linkIn, newestMailTo } from '../support/mailbox.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const WITHOUT_SCRIPTS = { javaScriptEnabled: false, size: 'phone' } as const;
const application = createServer((_, response) => response.end('Welcome back'));

let server: TestServer;
let identifierFirst: TestServer;
let browser: Browser;
let callback: string;

beforeAll(async () => {
  server = await startServer();
  identifierFirst = await startServer({ SIGN_IN_PAGE: 'identifier-first' });
  for (const one of [server, identifierFirst]) {
    const { id } = await createPerson(one, ALICE);
    await one.services.db.user.update({ where: { id }, data: { emailVerified: true } });
  }
  browser = await launchBrowser();
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
}, 60_000);

afterAll(async () => {
  await browser.close();
  application.closeAllConnections();
  application.close();
  await server.close();
  await identifierFirst.close();
});

async function begin(page: Page, at = server) {
  const { id } = await createTestClient(at, 'spa', { firstParty: true, redirectUris: [callback] });
  const party = await relyingParty(at.issuer, id);
  const { url } = await authorizationRequest(party, { redirect_uri: callback });
  await page.goto(url.href);
}

const mailTo = (at = server) => newestMailTo(at, 'alice@example.com', 'magic-link');
const focused = (page: Page) => page.locator(':focus').getAttribute('id');

test('a person signs in by a mailed code, by keyboard alone and without scripts', async () => {
  const { context, page } = await newWindow(browser, WITHOUT_SCRIPTS);
  await begin(page);
  await page.keyboard.type('alice');
  for (let i = 0; i < 4; i++) await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('mail-code');
  await page.keyboard.press('Enter'); // the empty password does not stand in the way
  await page.waitForURL('**/mailed-code');
  expect(await focused(page)).toBe('code');

  await page.keyboard.type('00000000');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#code-alert');
  expect(await focused(page)).toBe('code');
  await page.keyboard.type(codeIn(await mailTo()));
  await page.keyboard.press('Enter');
  await page.waitForURL(`${callback}?code=*`);
  await context.close();
}, 60_000);

test('a person signs in by the mailed link, which leads nowhere in another browser', async () => {
  const { context, page } = await newWindow(browser, WITHOUT_SCRIPTS);
  await begin(page);
  await page.fill('#login', 'alice');
  await page.click('#mail-code');
  await page.waitForURL('**/mailed-code');
  await page.click('#code-resend');
  await page.waitForSelector('#code-resent');
  const link = linkIn(await mailTo());

  const other = await newWindow(browser);
  await other.page.goto(link);
  expect(await other.page.textContent('h1')).toBe('Go back to where you began');
  expect((await new AxeBuilder({ page: other.page }).analyze()).violations).toEqual([]);
  await other.context.close();

  const tab = await context.newPage();
  await tab.goto(link);
  await tab.click('#mailed-link-submit');
  await tab.waitForURL(`${callback}?code=*`);
  await context.close();
}, 60_000);

test('with the login on a page of its own, Enter leads on, and the mail is there too', async () => {
  const { context, page } = await newWindow(browser, WITHOUT_SCRIPTS);
  await begin(page, identifierFirst);
  await page.keyboard.type('alice');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/password');
  expect(await focused(page)).toBe('password');
  expect(await page.inputValue('#login')).toBe('alice');
  await page.click('#mail-code');
  await page.waitForURL('**/mailed-code');
  await page.click('#code-back');
  await page.waitForURL('**/password');
  await page.fill('#password', ALICE.password);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${callback}?code=*`);
  await context.close();
}, 60_000);
