// A real browser, from npm alone.
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from './chromium.ts';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const SIZES = { phone: { width: 360, height: 780 }, desktop: { width: 1280, height: 900 } };
export const SCHEMES = ['light', 'dark'] as const;

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ ...findChromium(), args: ARGS, headless: true });
}

interface Look {
  size?: keyof typeof SIZES;
  scheme?: (typeof SCHEMES)[number];
  javaScriptEnabled?: boolean;
}

/** A person's own browser window: no cookies yet. */
export async function newWindow(
  browser: Browser,
  { size = 'desktop', scheme = 'light', javaScriptEnabled = true }: Look = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: scheme,
    javaScriptEnabled,
  });
  return { context, page: await context.newPage() };
}

/** Each window takes the next of the items until there are none: two are what a small machine has use for. */
export async function shareOut<Item>(
  windows: readonly Page[],
  items: readonly Item[],
  look: (page: Page, item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const goThrough = async (page: Page) => {
    for (const item of rest) await look(page, item);
  };
  await Promise.all(windows.map(goThrough));
}
