// Where things stand on the pages, in a real browser, where only that can tell: beside, below, in line.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser, newWindow } from '../support/browser.ts';
import { type Gallery, openGallery } from './gallery.ts';

let gallery: Gallery;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  gallery = await openGallery();
  browser = await launchBrowser();
}, 60_000);

afterEach(() => context.close());

afterAll(async () => {
  await browser.close();
  gallery.close();
});

test('beside the pages of the account, every section begins at the same edge', async () => {
  const page = await open('account/sessions/usual', 'desktop');
  const [first, ...others] = await page.evaluate<number[]>(
    '[...document.querySelectorAll("main section")].map((section) => section.getBoundingClientRect().left)',
  );
  expect(others).toEqual([first]);
});

test('on a phone the pages of the account are behind the name of this one', async () => {
  const page = await open('account/passkeys/usual', 'phone');
  expect(await page.isVisible('#account-sessions')).toBe(false);

  await page.getByText('Passkeys', { exact: true }).first().click();
  expect(await page.isVisible('#account-sessions')).toBe(true);
});

test('where there is room the pages of the account are shown, and nothing is to be opened', async () => {
  const page = await open('account/passkeys/usual', 'desktop');
  expect(await page.isVisible('#account-sessions')).toBe(true);
  expect(await page.isVisible('summary')).toBe(false);
});

test('the buttons of the sign-in follow each other at one distance', async () => {
  const page = await open('interaction/login/usual', 'phone');
  const tops = await page.evaluate<number[]>(
    '["mail-code", "passkey-submit", "register"].map((id) => document.getElementById(id).getBoundingClientRect().top)',
  );
  const [code = 0, passkey = 0, register = 0] = tops;
  expect(register - passkey).toBeLessThanOrEqual(passkey - code + 8);
});

test.each([
  'interaction/login/bare',
  'interaction/login/identifierFirst',
  'interaction/second-factor/both',
])('another way to sign in comes after an "or": %s', async (sample) => {
  const page = await open(sample, 'phone');
  expect(await page.getByText('or', { exact: true }).count()).toBe(1);
});

test.each(['verify-email', 'change-password', 'accept-terms'])(
  'who is asked is changed where the page says whose it is: %s',
  async (view) => {
    const page = await open(`interaction/${view}/usual`, 'desktop');
    expect(await page.locator('.who #other-account').count()).toBe(1);
  },
);

test('a hint of a choice has a line of its own', async () => {
  const page = await open('interaction/second-factor/usual', 'phone');
  const [label, hint] = await page.evaluate<[number, number]>(
    '[document.querySelector("[for=remember-browser]").getBoundingClientRect().bottom, document.querySelector("#remember-hint").getBoundingClientRect().top]',
  );
  expect(hint).toBeGreaterThanOrEqual(label ?? 0);
});

test.each(['de', 'fr'])(
  'no long word of a headline is broken just anywhere: %s',
  async (locale) => {
    for (const size of ['phone', 'desktop'] as const) {
      const page = await open(`interaction/login/usual?ui_locales=${locale}`, size);
      for (const sample of LONG_HEADLINES) {
        await page.goto(`${gallery.origin}/view/${sample}?ui_locales=${locale}`);
        const overhang = await page.evaluate<number>(`(() => {
        document.body.style.overflowWrap = 'normal';
        const headline = document.querySelector('h1');
        return headline.scrollWidth - headline.clientWidth;
      })()`);
        expect({ size, sample, overhang }).toEqual({ size, sample, overhang: 0 });
      }
      await context.close();
    }
  },
);

const LONG_HEADLINES = [
  'interaction/recovery-code/usual',
  'interaction/recovery-codes/usual',
  'interaction/enrol-second-factor/usual',
  'interaction/accept-terms/usual',
  'account/recovery-codes/usual',
  'setup/form/usual',
];

async function open(sample: string, size: 'phone' | 'desktop'): Promise<Page> {
  const opened = await newWindow(browser, { size });
  ({ context } = opened);
  await opened.page.route(/^https:/, (route) => route.abort());
  await opened.page.goto(`${gallery.origin}/view/${sample}`);
  return opened.page;
}
