// Second factors at the account in a real browser without scripts: set up, kept as a file, asked for, undone by the link
// in the mail.
import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { codeAt } from '../support/authenticator.ts';
import { launchBrowser, newWindow } from '../support/browser.ts';
import { clockAhead } from '../support/clock.ts';
import { linkIn, newestMailTo } from '../support/mailbox.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const PICTURES = process.env['SCREENSHOTS'];
const NEW = 'seven quiet otters drifting';
const clock = clockAhead();
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer({}, { clock });
  await createPerson(server, ALICE);
  browser = await launchBrowser();
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.close();
});

function nextCode(seed: string): string {
  clock.advance(30);
  return codeAt(seed, clock.now());
}

async function typePassword(page: Page, password: string) {
  await page.fill('#login', ALICE.login);
  await page.fill('#password', password);
  await page.click('#login-submit');
}

async function picture(page: Page, name: string) {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}

test('a person sets an app up and keeps its codes; somebody moves it, and the person undoes that', async () => {
  const { context, page } = await newWindow(browser, { javaScriptEnabled: false });
  await page.goto(`${server.issuer}/account/authenticator`);
  await typePassword(page, ALICE.password);
  const width = await page.$eval('img.qr', (image) => Reflect.get(image, 'naturalWidth'));
  expect(width).toBeGreaterThan(0);
  await picture(page, 'account-authenticator-set-up');
  const seed = (await page.textContent('#key')) ?? '';
  await page.fill('#code', '12345');
  await page.press('#code', 'Enter');
  expect(await page.title()).toMatch(/^Error: /);
  await page.fill('#code', nextCode(seed));
  await page.click('#authenticator-submit');
  const codes = await page.locator('#recovery-codes li').allTextContents();
  expect(codes).toHaveLength(10);
  await picture(page, 'account-new-recovery-codes');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.click('#recovery-codes-download'),
  ]);
  expect(file.suggestedFilename()).toBe('latchkey-recovery-codes.txt');
  expect(await readFile(await file.path(), 'utf8')).toContain(codes[9]?.trim());
  await page.click('#recovery-codes-continue');
  expect(await page.textContent('#security-card')).toContain('10 codes left');
  await picture(page, 'account-overview');

  await page.click('#account-authenticator');
  await page.fill('#code', nextCode(seed));
  await page.click('#second-factor-submit');
  await picture(page, 'account-authenticator');
  await page.click('#authenticator-replace');
  await page.fill('#code', nextCode((await page.textContent('#key')) ?? ''));
  await page.click('#authenticator-submit');
  expect(await page.locator('#recovery-codes li').count()).toBe(10);

  const mail = await newestMailTo(server, 'alice@example.com', 'credential-changed');
  const other = await newWindow(browser, { javaScriptEnabled: false, size: 'phone' });
  await other.page.goto(linkIn(mail));
  await picture(other.page, 'undo');
  await other.page.click('#undo-submit');
  await other.page.fill('#password', NEW);
  await other.page.fill('#password-again', NEW);
  await other.page.click('#new-password-submit');

  await page.click('#account-security');
  await typePassword(page, NEW);
  await page.fill('#code', nextCode(seed)); // of the app of before
  await page.click('#second-factor-submit');
  expect(await page.textContent('#history')).toContain('A change was undone by a mailed link');
  await other.context.close();
  await context.close();
}, 60_000);

test('axe finds nothing on the way', async () => {
  const { context, page } = await newWindow(browser, {});
  await createPerson(server, { ...ALICE, login: 'bob' });
  await page.goto(`${server.issuer}/account/authenticator`);
  await page.fill('#login', 'bob');
  await page.fill('#password', ALICE.password);
  await page.click('#login-submit');
  for (const id of ['authenticator', 'recovery-codes', 'overview']) {
    await page.click(`#account-${id}`);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect({ id, found: violations.map((one) => one.id) }).toEqual({ id, found: [] });
  }
  await context.close();
}, 60_000);
