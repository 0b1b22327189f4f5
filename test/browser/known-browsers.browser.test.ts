// What a browser knows of its people, in a real browser without scripts: who can be chosen, and who is not asked for a
// code; and the Back button at the end.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { addAuthenticator, offeredSeed } from '../../src/identity/second-factors/enrolment.ts';
import { codeAt } from '../support/authenticator.ts';
import { launchBrowser, newWindow } from '../support/browser.ts';
import { createTestClient } from '../support/clients.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const BOB = { login: 'bob', password: 'another long password' };
const PICTURES = process.env['SCREENSHOTS'];
const application = createServer((_, response) => {
  response.setHeader('content-type', 'text/html');
  response.end('<!doctype html><title>App</title><p>Welcome back');
});

let server: TestServer;
let browser: Browser;
let callback: string;
let clientId: string;
let seed: string;

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
  const { id } = await createPerson(server, ALICE);
  await createPerson(server, BOB);
  const offer = { userId: id, occasion: 'test' };
  seed = offeredSeed(server.services, offer);
  const code = codeAt(seed, new Date(Date.now() - 30_000));
  const facts = { requestId: 'test', address: '203.0.113.7' };
  await addAuthenticator(server.services, { ...offer, code }, facts);
  ({ id: clientId } = await createTestClient(server, 'spa', {
    name: 'Acme Notes',
    redirectUris: [callback],
    clientUri: 'https://notes.example/',
    firstParty: true,
  }));
}, 60_000);

afterAll(async () => {
  await browser.close();
  application.closeAllConnections();
  application.close();
  await server.close();
});

async function begin(page: Page, parameters = {}) {
  const party = await relyingParty(server.issuer, clientId);
  const request = await authorizationRequest(party, { redirect_uri: callback, ...parameters });
  await page.goto(request.url.href);
}

async function typePassword(page: Page, { login, password }: typeof ALICE) {
  await page.fill('#login', login);
  await page.fill('#password', password);
  await page.click('#login-submit');
}

/** Without scripts, who was signed in before is signed out by a button. */
async function goOn(page: Page) {
  if (await page.locator('#form-post-continue').count()) await page.click('#form-post-continue');
  await page.waitForURL((url) => url.href.startsWith(callback));
}

async function lookAt(page: Page, name: string) {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
}

test('a browser is spared the code, chooses among its people, and is led on from Back', async () => {
  const { context, page } = await newWindow(browser, { javaScriptEnabled: false });
  await begin(page);
  await typePassword(page, ALICE);
  await page.fill('#code', codeAt(seed, new Date()));
  await page.check('#remember-browser');
  await page.click('#second-factor-submit');
  await goOn(page);

  await begin(page, { prompt: 'login' });
  await typePassword(page, ALICE);
  await goOn(page);

  await page.goBack();
  expect(await page.textContent('h1')).toBe('You are signed in');
  expect(await page.getAttribute('#to-application', 'href')).toBe('https://notes.example/');
  await page.click('#to-account');
  await page.click('#account-sessions');
  expect(await page.locator('#browsers > li').count()).toBe(1);
  expect(await page.textContent('#browsers')).toContain('Chrome on Linux');

  await begin(page, { prompt: 'login' });
  await typePassword(page, BOB);
  await goOn(page);
  await begin(page, { prompt: 'select_account' });
  expect(await page.locator('#accounts > li').count()).toBe(2);
  expect(await page.textContent('#accounts > li:first-child')).toContain('Signed in');
  await page.click('#accounts > li:last-child form:first-child button');
  expect(await page.inputValue('#login')).toBe('alice');
  await page.fill('#password', ALICE.password);
  await page.click('#login-submit');
  await goOn(page);
  await context.close();
}, 60_000);

test('the pages have nothing for axe to find', async () => {
  const { context, page } = await newWindow(browser);
  await begin(page);
  await typePassword(page, BOB);
  await goOn(page);
  await begin(page, { prompt: 'select_account' });
  await lookAt(page, 'select-account');
  await page.goto(`${server.issuer}/interaction/never-was-one`);
  await lookAt(page, 'interrupted');
  await begin(page, { prompt: 'login' });
  await typePassword(page, ALICE);
  await lookAt(page, 'second-factor');
  await page.click('#switch-account');
  expect(await page.inputValue('#login')).toBe('');
  await context.close();
}, 60_000);
