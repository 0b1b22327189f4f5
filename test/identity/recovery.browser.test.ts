// The way of a forgotten password in a real browser, without scripts, as the person walks it: sign-in, mail, new
// password, and back to the application.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, newWindow } from '../support/browser.ts';
import { createTestClient } from '../support/clients.ts';
import { linkIn, newestMailTo } from '../support/mailbox.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const NEW = 'seven quiet otters drifting';
const application = createServer((_, response) => response.end('Welcome back'));

let server: TestServer;
let browser: Browser;
let callback: string;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
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

const violationsOn = async (page: Page) =>
  (await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id);

test('a person gets a new password by mail and is back at the application, by keyboard alone', async () => {
  const { id } = await createTestClient(server, 'native', {
    firstParty: true,
    redirectUris: [callback],
  });
  const party = await relyingParty(server.issuer, id);
  const { url } = await authorizationRequest(party, { redirect_uri: callback });
  const { context, page } = await newWindow(browser, { size: 'phone' });
  await page.goto(url.href);
  await page.focus('#forgot-password');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/recovery?interaction=*');
  expect(await page.locator(':focus').getAttribute('id')).toBe('login');
  await page.keyboard.type('alice');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/recovery/sent');

  const link = linkIn(await newestMailTo(server, 'alice@example.com', 'reset-password'));
  await page.goto(link);
  expect(await violationsOn(page)).toEqual([]);
  await page.keyboard.type('short');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#password-fault');
  expect(page.url()).toBe(link);
  expect(await page.locator(':focus').getAttribute('id')).toBe('password');
  await page.keyboard.type(NEW);
  await page.keyboard.press('Tab');
  await page.keyboard.type(NEW);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/recovery/done');

  await page.click('#recovery-sign-in');
  await page.fill('#login', 'alice');
  await page.fill('#password', NEW);
  await page.click('#login-submit');
  await page.waitForURL(`${callback}?code=*`);
  await context.close();
}, 60_000);
