// The playground in a browser, where cookies, Content-Security-Policy and Origin headers are real.
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, newWindow } from '../support/browser.ts';
import { createTestClient } from '../support/clients.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function press(page: Page, ...buttons: string[]): Promise<void> {
  for (const button of buttons) await page.click(`#${button}`);
}

async function signIn(page: Page): Promise<void> {
  await page.fill('#login', ALICE.login);
  await page.fill('#password', ALICE.password);
  await press(page, 'login-submit', 'consent-allow');
}

test('a whole login without any script', async () => {
  const { id } = await createTestClient(server, 'web', { name: 'Acme Notes' });
  const { context, page } = await newWindow(browser, { size: 'phone', javaScriptEnabled: false });

  await page.goto(`${server.issuer}/playground/clients/${id}`);
  await press(page, 'playground-redirects', 'playground-secret');
  await press(page, 'playground-prepare', 'playground-continue');
  await signIn(page);
  expect(await page.textContent('h1')).toBe('The application has its tokens');

  await press(page, 'userinfo-submit');
  expect(await page.textContent('main')).toContain('alice@example.com');
  await press(page, 'refresh-submit', 'introspect-refresh');
  expect(await page.textContent('main')).toContain('"active": true');
  await press(page, 'revoke-refresh', 'playground-logout', 'logout-confirm');
  expect(page.url()).toBe(`${server.issuer}/playground?state=signed-out`);
  await context.close();
});

test('an answer in a form that sends itself, and tokens that axe finds nothing wrong with', async () => {
  const { id } = await createTestClient(server, 'spa');
  const { context, page } = await newWindow(browser, { scheme: 'dark' });

  await page.goto(`${server.issuer}/playground/clients/${id}`);
  await press(page, 'playground-redirects');
  await page.selectOption('#responseMode', 'form_post');
  await press(page, 'playground-prepare', 'playground-continue');
  await signIn(page);
  await page.waitForSelector('#userinfo-submit');

  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((violation) => violation.id)).toEqual([]);
  await context.close();
});
