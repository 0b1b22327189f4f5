// What a person does with their own data, in a real browser without scripts: a picture, another email address, and the
// end of the account, taken back by signing in.
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { launchBrowser, newWindow } from '../support/browser.ts';
import { linkIn, newestMailTo } from '../support/mailbox.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const PICTURES = process.env['SCREENSHOTS'];
const OLD = 'alice@example.com';
const NEW = 'alice@new.example';
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  await server.services.db.user.updateMany({ data: { emailVerified: true } });
  browser = await launchBrowser();
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.close();
});

async function signIn(page: Page) {
  await page.goto(`${server.issuer}/account`);
  await page.fill('#login', ALICE.login);
  await page.fill('#password', ALICE.password);
  await page.click('#login-submit');
}

async function keep(page: Page, name: string) {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}

test('a person gives themselves a picture and an address, and moves to another email address', async () => {
  const { context, page } = await newWindow(browser, { javaScriptEnabled: false });
  await signIn(page);

  await page.click('#account-profile');
  const path = join(tmpdir(), `latchkey-picture-${process.pid}.jpg`);
  const me = { width: 900, height: 700, channels: 3 as const, background: '#b5651d' };
  await writeFile(path, await sharp({ create: me }).jpeg().toBuffer());
  await page.setInputFiles('#picture', path);
  await page.click('#picture-submit');
  expect(await page.locator('#picture-shown').count()).toBe(1);
  const natural = await page.locator('#picture-shown').boundingBox();
  expect(natural?.width).toBe(96);

  await page.fill('#locality', 'Oxford');
  await page.selectOption('#zoneinfo', 'Europe/London');
  await page.fill('#phone-number', 'none of your business');
  await page.click('#profile-submit');
  expect(await page.locator('#phone-number-fault').count()).toBe(1);
  await page.fill('#phone-number', '');
  await keep(page, 'account-profile');
  await page.click('#profile-submit');
  expect(await page.inputValue('#locality')).toBe('Oxford');
  expect(await page.inputValue('#zoneinfo')).toBe('Europe/London');

  await page.click('#account-email');
  await page.fill('#email', NEW);
  await page.click('#email-submit');
  expect(await page.textContent('#email-pending')).toContain(OLD);
  await keep(page, 'account-email');
  for (const address of [OLD, NEW]) {
    const mail = await newestMailTo(server, address, 'email-change-confirm');
    await page.goto(linkIn(mail));
    await page.click('#email-change-confirm');
    expect(await page.locator('#email-change-done').count()).toBe(1);
  }
  await page.goto(`${server.issuer}/account`);
  expect(await page.textContent('main')).toContain(NEW);
  await context.close();
}, 60_000);

test('a person deletes their account, thinks again, and keeps it', async () => {
  const { context, page } = await newWindow(browser, { javaScriptEnabled: false });
  await signIn(page);
  await page.click('#account-delete');
  await page.fill('#login', ALICE.login);
  await keep(page, 'account-delete');
  await page.click('#delete-submit');
  expect(await page.locator('#delete-done').count()).toBe(1);

  await signIn(page);
  expect(await page.locator('#deletion-due').count()).toBe(1);
  await keep(page, 'keep-account');
  await page.click('#keep-account');
  expect(new URL(page.url()).pathname).toBe('/account');
  await context.close();
}, 60_000);

test('axe finds nothing on the way', async () => {
  const { context, page } = await newWindow(browser, {});
  await signIn(page);
  for (const id of ['profile', 'email', 'delete']) {
    await page.click(`#account-${id}`);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect({ id, found: violations.map((one) => one.id) }).toEqual({ id, found: [] });
  }
  await context.close();
}, 60_000);
