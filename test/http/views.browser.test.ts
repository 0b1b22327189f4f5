// The pages with the data that hurts, behind the real headers: what axe finds, what the policy blocks, what doesn't
// fit. The way through the real server is in test/browser.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { readConfig } from '../../src/config.ts';
import { openAppearance } from '../../src/http/appearance.ts';
import { findInLightAndDark } from '../support/axe.ts';
import { launchBrowser, newWindow, shareOut } from '../support/browser.ts';
import { ROOT } from '../support/database.ts';
import { SAMPLES } from '../support/view-samples.ts';
import { openGallery, type Gallery } from './gallery.ts';

const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 2"><rect width="8" height="2"/></svg>';
const OVERHANG = 'document.documentElement.scrollWidth - innerWidth';

// What is in a frame may run no script, and so not axe's: the test of the mailbox looks at it by itself.
const WITHOUT_FRAMES = `document.querySelectorAll('iframe').forEach((frame) => frame.remove())`;

const addresses = Object.entries(SAMPLES).flatMap(([view, samples]) =>
  Object.keys(samples).map((sample) => `/view/${view}/${sample}`),
);

let gallery: Gallery;
let origin: string;
let browser: Browser;
let context: BrowserContext;
let complaints: string[];
let posted: URLSearchParams[];

beforeAll(async () => {
  gallery = await openGallery();
  ({ origin, posted } = gallery);
  browser = await launchBrowser();
}, 60_000);

afterEach(() => context.close());

afterAll(async () => {
  await browser.close();
  gallery.close();
});

test('axe finds nothing on any page, light and dark, and nothing is blocked', async () => {
  await shareOut(await openTwoWindows({ size: 'phone' }), addresses, async (page, address) => {
    await page.goto(origin + address);
    await page.evaluate(WITHOUT_FRAMES);
    const found = await findInLightAndDark(page);
    expect({ address, found, complaints }).toEqual({ address, found: [], complaints: [] });
  });
}, 200_000);

test('axe finds nothing on pages of a brand, whose foot and buttons are its own', async () => {
  const env = {
    BRAND_NAME: 'Acme ID',
    BRAND_COLOR: 'ad8906', // no lighter yellow is taken
    BRAND_SUPPORT_URL: 'https://acme.example/help',
    BRAND_IMPRINT_URL: 'https://acme.example/imprint',
  };
  const branded = await openGallery(openAppearance(readConfig(env, ROOT)));
  const page = await openWindow({ size: 'phone' });
  try {
    for (const path of ELSEWHERE) {
      await page.goto(branded.origin + path);
      const found = await findInLightAndDark(page);
      expect({ path, found, complaints }).toEqual({ path, found: [], complaints: [] });
    }
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate<number>(OVERHANG)).toBe(0);
  } finally {
    branded.close();
  }
}, 60_000);

// One page of each kind: with faults, with choices, with another direction inside, with much text and numbers.
const ELSEWHERE = [
  '/view/interaction/login/fault',
  '/view/interaction/consent/rightToLeft',
  '/view/device/confirm/long',
  '/view/setup/form/faults',
  '/view/home/home/development',
  '/view/error/error/usual',
];

test.each(['ar', 'ja'])(
  'axe finds nothing in another direction and in other letters: %s',
  async (locale) => {
    const page = await openWindow({ size: 'phone' });
    for (const path of ELSEWHERE) {
      const address = `${path}?ui_locales=${locale}`;
      await page.goto(origin + address);
      const found = await findInLightAndDark(page);
      expect({ address, found, complaints }).toEqual({ address, found: [], complaints: [] });
    }
  },
  60_000,
);

test('the pages fit a width of 320 pixels in every language', async () => {
  const page = await openWindow({});
  await page.setViewportSize({ width: 320, height: 640 });
  for (const locale of ['ar', 'de', 'es', 'fr', 'ja']) {
    for (const path of ELSEWHERE) {
      const address = `${path}?ui_locales=${locale}`;
      await page.goto(origin + address);
      const overhang = await page.evaluate<number>(OVERHANG);
      expect({ address, overhang }).toEqual({ address, overhang: 0 });
    }
  }
}, 60_000);

test('in Arabic a page begins at the right', async () => {
  const page = await openWindow({ size: 'desktop' });
  const start = (selector: string) =>
    page.evaluate<number>(`document.querySelector('${selector}').getBoundingClientRect().left`);
  for (const [locale, isMirrored] of [
    ['en', false],
    ['ar', true],
  ] as const) {
    await page.goto(`${origin}/view/interaction/login/usual?ui_locales=${locale}`);
    expect((await start('.who')) > (await start('form'))).toBe(isMirrored);
  }
});

test('every page fits a width of 320 pixels, and 360 with text of twice the size', async () => {
  await shareOut(await openTwoWindows({}), addresses, async (page, address) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(origin + address);
    const small = await page.evaluate<number>(OVERHANG);

    await page.setViewportSize({ width: 360, height: 780 });
    const zoomed = await page.evaluate<number>(
      `document.documentElement.style.fontSize = '200%'; ${OVERHANG}`,
    );
    expect({ address, small, zoomed }).toEqual({ address, small: 0, zoomed: 0 });
  });
}, 60_000);

test('Tab goes through the login in order and shows where it is; Enter signs in', async () => {
  const page = await openWindow({});
  await page.goto(`${origin}/view/interaction/login/usual`);
  const order = [
    'login',
    'password',
    'login-submit',
    'forgot-password',
    'mail-code',
    'passkey-submit',
    'register',
    'login-cancel',
  ];
  for (const id of order) {
    expect(await page.locator(':focus').getAttribute('id')).toBe(id);
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe(
      'solid',
    );
    await page.keyboard.press('Tab');
  }

  await page.fill('#login', 'alice');
  await page.fill('#password', 'correct horse');
  await submitByEnter(page);
  expect(Object.fromEntries(posted[0] ?? [])).toMatchObject({
    login: 'alice',
    password: 'correct horse',
  });
});

test('Enter on a permission allows; it does not switch the account', async () => {
  const page = await openWindow({});
  await page.goto(`${origin}/view/interaction/consent/usual`);
  await page.uncheck('#scope-email');
  await page.check('#scope-phone');
  await page.focus('#scope-phone');
  await submitByEnter(page);
  expect(posted[0]?.get('decision')).toBe('allow');
  expect(posted[0]?.getAll('scope')).toEqual(['phone']);
});

test('a fault is announced, tied to its field, and in the title', async () => {
  const page = await openWindow({});
  await page.goto(`${origin}/view/interaction/login/fault`);
  const alert = await page.getByRole('alert').getAttribute('id');
  expect(await page.title()).toMatch(/^Error: /);
  expect(await page.locator(':focus').getAttribute('aria-describedby')).toBe(alert);

  await page.goto(`${origin}/view/setup/form/faults`);
  expect(await page.locator(':focus').getAttribute('aria-describedby')).toBe('email-fault');
  expect(await page.getAttribute('#password', 'aria-describedby')).toBe(
    'password-hint password-fault',
  );
});

test('a logo that is broken leaves the letter, one that loads covers it', async () => {
  const page = await openWindow({});
  const height = () => page.evaluate<number>(`document.querySelector('.tile img').clientHeight`);
  await page.goto(`${origin}/view/interaction/login/rightToLeft`);
  expect(await height()).toBe(0);

  await page.goto(`${origin}/view/interaction/login/usual`);
  expect(await height()).toBeGreaterThan(0);
});

test.each([320, 360, 390])('%d pixels: a command breaks between its words', async (width) => {
  const page = await openWindow({});
  await page.setViewportSize({ width, height: 800 });
  await page.goto(`${origin}/view/home/home/development`);

  const words = await page.evaluate<string[]>(
    '[...document.querySelectorAll(".command span")].map((word) => word.textContent)',
  );
  expect(words).toContain('urn:example:orders=orders:read');
  expect(await linesOf(page, '.command span')).toEqual(words.map(() => 1));
});

test('what is pressed on a phone has its words on one line, and a link by itself is high enough', async () => {
  const page = await openWindow({});
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${origin}/view/logout/confirm/usual`);
  expect(await linesOf(page, 'button')).toEqual([1, 1]);

  await page.goto(`${origin}/view/home/home/usual`);
  const heights = await page.evaluate<number[]>(
    '[...document.querySelectorAll("main a")].map((link) => link.offsetHeight)',
  );
  expect(heights).toHaveLength(3);
  for (const height of heights) expect(height).toBeGreaterThanOrEqual(24); // WCAG 2.2 §2.5.8
});

test('the headline has one line where there is room', async () => {
  const page = await openWindow({ size: 'desktop' });
  await page.goto(`${origin}/view/home/home/usual`);
  expect(await linesOf(page, 'h1')).toEqual([1]);
});

/** How many lines the text of each takes. */
async function linesOf(page: Page, selector: string): Promise<number[]> {
  return page.evaluate<number[]>(`[...document.querySelectorAll('${selector}')].map((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return new Set([...range.getClientRects()].map(({ top }) => top)).size;
  })`);
}

/** Nothing leaves this computer: one logo loads, everything else of the outside world is broken. */
async function openWindow(look: Parameters<typeof newWindow>[1]): Promise<Page> {
  const opened = await newWindow(browser, look);
  ({ context } = opened);
  complaints = [];
  posted.length = 0;
  context.on('console', (message) => {
    if (message.text().includes('ERR_FAILED')) return;
    complaints.push(`${message.page()?.url()}: ${message.text()}`);
  });
  await context.route(/^https:/, (route) =>
    route.request().url().endsWith('/logo.svg')
      ? route.fulfill({ contentType: 'image/svg+xml', body: LOGO })
      : route.abort(),
  );
  // What sends itself is looked at here, and sent in test/browser.
  await context.route(/\/assets\/submit-/, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: '' }),
  );
  return opened.page;
}

async function openTwoWindows(look: Parameters<typeof newWindow>[1]): Promise<Page[]> {
  return [await openWindow(look), await context.newPage()];
}

async function submitByEnter(page: Page): Promise<void> {
  await page.keyboard.press('Enter');
  await page.waitForURL(/^[^/]+\/\/[^/]+\/interaction\//);
}
