// Every page in a real browser, behind the real headers: what axe finds, what the policy blocks, what doesn't fit.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import chromium from '@sparticuz/chromium';
import Koa from 'koa';
import { type Browser, chromium as playwright, type Page } from 'playwright-core';
import { assetRoutes } from '../../src/http/asset-routes.ts';
import { render } from '../../src/http/render.ts';
import { securityHeaders } from '../../src/http/security-headers.ts';
import type { Views } from '../../src/http/views.ts';
import { SAMPLES } from '../support/view-samples.ts';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'];
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 2"><rect width="8" height="2"/></svg>';
const PHONE = { width: 360, height: 780 };

const pages = Object.entries(SAMPLES).flatMap(([view, samples]) =>
  Object.keys(samples).map((sample) => ({ view, sample })),
);

let server: Server;
let browser: Browser;
let origin: string;
let posted: string[];

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on('request', gallery().callback());
  browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ARGUMENTS,
  });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
});

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  test.each(pages)('$view, $sample: axe finds nothing, nothing is blocked', async (name) => {
    const { page, complaints } = await open(name, { colorScheme, viewport: PHONE });

    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => ({ id, where: nodes.map((n) => n.html) }))).toEqual(
      [],
    );
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

test.each(pages)('$view, $sample: fits 320 pixels and text of twice the size', async (name) => {
  const { page } = await open(name, { viewport: { width: 320, height: 640 } });
  expect(await overhang(page)).toBe(0);

  await page.setViewportSize(PHONE);
  await page.evaluate(() => {
    document.documentElement.style.fontSize = '200%';
  });
  expect(await overhang(page)).toBe(0);
  await page.context().close();
});

test('the keyboard alone signs in, and shows where it is', async () => {
  const { page } = await open({ view: 'interaction/login', sample: 'usual' }, {});
  const stops: string[] = [];
  for (let stop = 0; stop < 4; stop++) {
    const { id, outline } = await focused(page);
    expect(outline).toBeGreaterThanOrEqual(2);
    stops.push(id);
    await page.keyboard.press('Tab');
  }
  expect(stops).toEqual(['login', 'password', 'login-submit', 'login-cancel']);

  await page.fill('#login', 'alice');
  await page.fill('#password', 'correct horse');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/interaction/**');
  expect(posted.at(-1)).toMatch(/^csrf=[^&]+&login=alice&password=correct\+horse$/);
  await page.context().close();
});

test('Enter on a permission allows; it does not switch the account', async () => {
  const { page } = await open({ view: 'interaction/consent', sample: 'usual' }, {});
  await page.uncheck('#scope-email');
  await page.focus('#scope-profile');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/interaction/**');
  expect(posted.at(-1)).toMatch(/^csrf=[^&]+&scope=profile&decision=allow$/);
  await page.context().close();
});

test('a fault is announced, named by the fields, and in the title', async () => {
  const { page } = await open({ view: 'interaction/login', sample: 'fault' }, {});
  const fault = await page.getByRole('alert').getAttribute('id');
  expect(await page.title()).toMatch(/^Error: /);
  expect(await page.getAttribute('#password', 'aria-describedby')).toBe(fault);
  expect((await focused(page)).id).toBe('password');

  await page.goto(`${origin}/view/setup/form/faults`);
  expect((await focused(page)).id).toBe('email');
  expect(await page.getAttribute('#email', 'aria-describedby')).toBe('email-fault');
  await page.context().close();
});

test('a logo that is broken leaves the letter, one that loads covers it', async () => {
  const { page } = await open({ view: 'interaction/login', sample: 'rightToLeft' }, {});
  const height = () => page.locator('.tile img').evaluate((image) => image.clientHeight);
  expect(await height()).toBe(0);

  await page.goto(`${origin}/view/interaction/login/usual`);
  expect(await height()).toBeGreaterThan(0);
  await page.context().close();
});

/** The pages as the server answers with them, at /view/…; forms may be sent anywhere and are noted. */
function gallery(): Koa {
  const app = new Koa();
  posted = [];
  app.use(securityHeaders({ issuer: origin }));
  app.use(assetRoutes().routes());
  app.use(async (ctx) => {
    if (ctx.method === 'POST') {
      const chunks = await Array.fromAsync(ctx.req);
      posted.push(Buffer.concat(chunks).toString());
      ctx.body = 'Received.';
      return;
    }
    const [, , folder, file, sample = ''] = ctx.path.split('/');
    const view = `${folder}/${file}` as keyof Views;
    const data: Record<string, Views[typeof view]> | undefined = SAMPLES[view];
    if (data?.[sample]) render(ctx, view, data[sample]);
  });
  return app;
}

async function open(
  { view, sample }: { view: string; sample: string },
  options: Parameters<Browser['newContext']>[0],
): Promise<{ page: Page; complaints: string[] }> {
  const page = await (await browser.newContext(options)).newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (!message.text().includes('ERR_FAILED')) complaints.push(message.text());
  });
  // Nothing leaves this computer: one logo loads, everything else of the outside world is broken.
  await page.route(/^https:/, (route) =>
    route.request().url().endsWith('/logo.svg')
      ? route.fulfill({ contentType: 'image/svg+xml', body: LOGO })
      : route.abort(),
  );
  await page.goto(`${origin}/view/${view}/${sample}`);
  return { page, complaints };
}

/** How many pixels of the page stick out to the right. */
function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

function focused(page: Page): Promise<{ id: string; outline: number }> {
  return page.evaluate(() => {
    const id = document.activeElement?.id ?? '';
    const style = document.activeElement && getComputedStyle(document.activeElement);
    return {
      id,
      outline: style?.outlineStyle === 'none' ? 0 : Number.parseFloat(style?.outlineWidth ?? ''),
    };
  });
}
