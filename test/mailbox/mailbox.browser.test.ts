// The mailbox and every mail as a browser shows them: light and dark, on a phone and a desktop; pictures go to
// test-results/.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, newWindow, SCHEMES } from '../support/browser.ts';
import { ROOT } from '../support/database.ts';
import { MAILS } from '../support/mail-samples.ts';
import { mailsTo } from '../support/mailbox.ts';
import { startServer, type TestServer } from '../support/server.ts';

const PICTURES = join(ROOT, 'test-results', 'mail');
const OVERHANG = 'document.documentElement.scrollWidth - innerWidth';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  const { db, mail } = server.services;
  for (const request of Object.values(MAILS)) await mail.queue(db, request);
  browser = await launchBrowser();
  mkdirSync(PICTURES, { recursive: true });
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.close();
});

const looks = SCHEMES.flatMap((scheme) =>
  (['phone', 'desktop'] as const).map((size) => ({ scheme, size })),
);

test.each(looks)(
  'the mailbox can be read, $scheme, on a $size',
  async (look) => {
    const { context, page } = await newWindow(browser, look);
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    const [mail] = await mailsTo(server, 'alice@example.com');
    for (const path of ['/dev/mail', `/dev/mail/${mail?.id}`]) {
      await page.goto(server.issuer + path);
      await takePicture(page, path === '/dev/mail' ? 'list' : 'mail', look);
      const overhang = await page.evaluate<number>(OVERHANG);
      // What is in the frame may run no script, and so not axe's; the next test looks at it by itself.
      await page.evaluate(`document.querySelector('iframe')?.remove()`);
      const found = await violationsOn(page);
      expect({ path, overhang, found, complaints }).toEqual({
        path,
        overhang: 0,
        found: [],
        complaints: [],
      });
    }
    await context.close();
  },
  120_000,
);

test.each(looks)(
  'every mail can be read, $scheme, on a $size',
  async (look) => {
    const { context, page } = await newWindow(browser, look);
    for (const { kind, html } of await mailsTo(server, 'alice@example.com')) {
      await page.setContent(html);
      await takePicture(page, kind, look);
      const overhang = await page.evaluate<number>(OVERHANG);
      const found = await violationsOn(page);
      expect({ kind, overhang, found }).toEqual({ kind, overhang: 0, found: [] });
    }
    await context.close();
  },
  120_000,
);

test('a link in a framed mail opens in a window of its own', async () => {
  const { context, page } = await newWindow(browser, {});
  const mails = await mailsTo(server, 'alice@example.com');
  const reset = mails.find(({ kind }) => kind === 'reset-password');
  await page.goto(`${server.issuer}/dev/mail/${reset?.id}`);
  const opened = context.waitForEvent('page');
  await page.frameLocator('iframe.letter').getByText('Choose a password').click();
  await (await opened).waitForLoadState();
  expect((await opened).url()).toBe(`${server.issuer}/somewhere?token=4f1a`);
  await context.close();
});

async function violationsOn(page: Page): Promise<string[]> {
  const axe = new AxeBuilder({ page }).disableRules(['landmark-one-main', 'region']); // a mail is no page
  const { violations } = await axe.analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

async function takePicture(page: Page, name: string, { scheme, size }: (typeof looks)[number]) {
  await page.screenshot({
    path: join(PICTURES, `${name}-${scheme}-${size}.png`),
    fullPage: true,
  });
}
