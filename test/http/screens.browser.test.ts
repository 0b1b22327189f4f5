// Pictures of every page with every sample, in test-results/screens, for people to look at; what is wrong with them is found
// by views.browser.test.ts. At 320 pixels is what 400 % zoom makes of a window of 1280 (WCAG 2.2 §1.4.10).
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, newWindow, SCHEMES, shareOut, SIZES } from '../support/browser.ts';
import { ROOT } from '../support/database.ts';
import { SAMPLES } from '../support/view-samples.ts';
import { type Gallery, openGallery } from './gallery.ts';

const FOLDER = join(ROOT, 'test-results/screens');
const ZOOMED = { width: 320, height: 256 };
const NOTHING_MOVES = { animations: 'disabled', caret: 'hide', scale: 'css' } as const;
const EXTENT = '[document.documentElement.scrollWidth, document.documentElement.scrollHeight]';
const PICTURE = { type: 'jpeg', quality: 70, ...NOTHING_MOVES } as const;

const all = Object.entries(SAMPLES).flatMap(([view, samples]) =>
  Object.keys(samples).map((sample) => ({ view, sample })),
);
const usual = all.filter(({ view }, index) => all[index - 1]?.view !== view);

let gallery: Gallery;
let browser: Browser;

beforeAll(async () => {
  rmSync(FOLDER, { recursive: true, force: true });
  gallery = await openGallery();
  browser = await launchBrowser();
}, 60_000);

afterAll(async () => {
  await browser.close();
  gallery.close();
});

const SERIES = [
  { series: 'phone', size: SIZES.phone, schemes: SCHEMES, locale: 'en', pages: all },
  { series: 'desktop', size: SIZES.desktop, schemes: SCHEMES, locale: 'en', pages: all },
  { series: 'arabic', size: SIZES.phone, schemes: ['light'], locale: 'ar', pages: usual },
  { series: 'zoom-400', size: ZOOMED, schemes: ['light'], locale: 'en', pages: usual },
] as const;

test.each(SERIES)(
  'every page has its picture, and none is wider than its window: $series',
  async ({ series, size, schemes, locale, pages }) => {
    const { context, page: first } = await newWindow(browser);
    await context.route(/^https:/, (route) => route.abort());
    await context.route(/\/assets\/submit-/, (route) => route.abort());
    for (const scheme of schemes)
      mkdirSync(join(FOLDER, `${series}-${scheme}`), { recursive: true });
    const windows = [first, await context.newPage()];
    for (const page of windows) await page.setViewportSize(size);
    await shareOut(windows, pages, async (page, { view, sample }) => {
      await page.goto(`${gallery.origin}/view/${view}/${sample}?ui_locales=${locale}`);
      const [width, height] = await page.evaluate<[number, number]>(EXTENT);
      expect([view, sample, width]).toEqual([view, sample, size.width]);
      for (const scheme of schemes) {
        const path = join(FOLDER, `${series}-${scheme}`, `${view.replace('/', '-')}-${sample}.jpg`);
        await page.emulateMedia({ colorScheme: scheme });
        await page.screenshot({ ...PICTURE, path, fullPage: height > size.height });
      }
    });
    await context.close();
  },
  180_000,
);
