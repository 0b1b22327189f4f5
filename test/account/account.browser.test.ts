// The account in a real browser without scripts: from the start page through the sign-in to a new password, and the
// session of another browser ended.
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, newWindow } from '../support/browser.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const PICTURES = process.env['SCREENSHOTS'];
const NEW = 'a quite different password';
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  browser = await launchBrowser();
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.close();
});

async function signIn(page: Page, password: string) {
  await page.goto(server.issuer);
  await page.click('#home-account');
  await page.fill('#login', ALICE.login);
  await page.fill('#password', password);
  await page.click('#login-submit');
  expect(new URL(page.url()).pathname).toBe('/account');
}

test('a person ends another session, and changes the password', async () => {
  const other = await newWindow(browser, { javaScriptEnabled: false });
  await signIn(other.page, ALICE.password);
  const { context, page } = await newWindow(browser, { javaScriptEnabled: false });
  await signIn(page, ALICE.password);

  await page.click('#account-sessions');
  expect(await page.locator('#sessions > li').count()).toBe(2);
  expect(await page.textContent('#sessions')).toContain('Chrome on Linux');
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/account-sessions.png`, fullPage: true });
  await page.click('#sessions button');
  expect(await page.locator('#sessions > li').count()).toBe(1);
  await other.page.click('#account-profile');
  expect(await other.page.locator('#login-submit').count()).toBe(1);

  await page.click('#account-password');
  await page.fill('#current', ALICE.password);
  await page.fill('#password', NEW);
  await page.fill('#password-again', NEW);
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/account-password.png`, fullPage: true });
  await page.click('#password-submit');
  expect(await page.locator('#password-done').count()).toBe(1);

  await page.click('#account-security');
  expect(await page.textContent('#history')).toContain('Your password was changed');
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/account-security.png`, fullPage: true });

  await page.click('#account-data');
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('#data-export')]);
  expect(file.suggestedFilename()).toBe('latchkey-account.json');

  await context.close();
  await signIn(other.page, NEW);
  await other.context.close();
}, 60_000);

test('axe finds nothing on the way', async () => {
  const { context, page } = await newWindow(browser, {});
  await createPerson(server, { ...ALICE, login: 'bob' });
  await page.goto(`${server.issuer}/account`);
  await page.fill('#login', 'bob');
  await page.fill('#password', ALICE.password);
  await page.click('#login-submit');
  for (const id of ['overview', 'profile', 'password', 'sessions', 'apps', 'security', 'data']) {
    await page.click(`#account-${id}`);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect({ id, found: violations.map((one) => one.id) }).toEqual({ id, found: [] });
  }
  await context.close();
}, 60_000);
