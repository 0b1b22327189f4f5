// Every page in a real browser: WCAG 2.2 AA by axe, light and dark, phone and desktop; keyboard alone; no script.
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, newWindow, SCHEMES, SIZES } from '../support/browser.ts';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { postForm } from '../support/http.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** Where to leave pictures of every page, for whoever wants to look. */
const PICTURES = process.env['SCREENSHOTS'];

let server: TestServer;
let browser: Browser;
let callback: string;
const application = createServer((_, response) => response.end('Welcome back'));

beforeAll(async () => {
  server = await startServer();
  await createOrdersApi(server);
  browser = await launchBrowser();
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
}, 60_000);

afterAll(async () => {
  await browser.close();
  application.closeAllConnections();
  application.close();
  await server.close();
});

async function authorizationUrl(more = {}) {
  const { id, secret } = await createTestClient(server, 'web', {
    ...READS_ORDERS,
    name: 'Acme Notes',
    redirectUris: [callback],
    policyUri: 'https://app.example.com/privacy',
    tosUri: 'https://app.example.com/terms',
    ...more,
  });
  const party = await relyingParty(server.issuer, id, secret);
  return (
    await authorizationRequest(party, {
      scope: 'openid profile email orders:read',
      redirect_uri: callback,
    })
  ).url.href;
}

async function signIn(page: Page, person = ALICE) {
  await page.fill('#login', person.login);
  await page.fill('#password', person.password);
  await page.click('#login-submit');
}

const looks = SCHEMES.flatMap((scheme) =>
  Object.keys(SIZES).map((size) => [scheme, size as keyof typeof SIZES] as const),
);

describeLooks();

function describeLooks() {
  test.each(looks)(
    'every page, %s, on a %s',
    async (scheme, size) => {
      const { context, page } = await newWindow(browser, { scheme, size });
      const look = async (name: string) => {
        if (PICTURES) {
          mkdirSync(PICTURES, { recursive: true });
          await page.screenshot({
            path: `${PICTURES}/${name}-${scheme}-${size}.png`,
            fullPage: true,
          });
        }
        const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
        expect({
          name,
          violations: violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
        }).toEqual({ name, violations: [] });
        const overflow = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect({ name, overflow }).toEqual({ name, overflow: 0 });
      };
      const person = { login: `bob-${scheme}-${size}`, password: ALICE.password };
      await createPerson(server, person);

      await page.goto(server.issuer);
      await look('home');
      await page.goto(server.setupUrl ?? '');
      await look('setup');
      await page.goto(`${server.issuer}/auth?client_id=unknown`);
      await look('error');

      await page.goto(await authorizationUrl());
      await look('login');
      await signIn(page, { ...person, password: 'not the right one' });
      await look('login-fault');
      await signIn(page, person);
      expect(page.url()).toMatch(/\/interaction\/[\w-]+\/consent$/);
      await look('consent');
      await page.click('#consent-allow');
      await page.waitForURL(`${callback}?code=**`);

      const device = await createTestClient(server, 'device', { ...READS_ORDERS, name: 'Acme TV' });
      const { json } = await postForm(`${server.issuer}/device_authorization`, {
        client_id: device.id,
        scope: 'openid profile orders:read',
      });
      await page.goto(`${server.issuer}/device`);
      await look('device-code');
      await page.fill('#user-code', 'BCDF-GHJK');
      await page.click('#device-continue');
      await look('device-code-fault');
      await page.fill('#user-code', json['user_code'] ?? '');
      await page.click('#device-continue');
      await look('device-confirm');
      await page.click('#device-confirm');
      await page.click('#consent-allow');
      await look('device-done');

      await page.goto(`${server.issuer}/logout`);
      await look('logout');
      await page.click('#logout-confirm');
      await look('logout-done');
      await context.close();
    },
    120_000,
  );
}

test('without script, by keyboard alone', async () => {
  const { context, page } = await newWindow(browser, { javaScriptEnabled: false });
  await createPerson(server, ALICE);
  await page.goto(await authorizationUrl());

  const tabTo = async (id: string) => {
    for (let presses = 0; presses < 40; presses++) {
      if (
        (await page
          .locator(':focus')
          .getAttribute('id')
          .catch(() => null)) === id
      )
        return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab never reached #${id}`);
  };
  await tabTo('login');
  await page.keyboard.type(ALICE.login);
  await tabTo('password');
  await page.keyboard.type(ALICE.password);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/consent$/);
  await tabTo('consent-allow');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${callback}?code=**`);
  expect(new URL(page.url()).searchParams.get('code')).toEqual(expect.any(String));
  await context.close();
}, 60_000);

test.each([true, false])(
  'forms that send themselves do, or have a button (scripts: %s)',
  async (scripts) => {
    const { context, page } = await newWindow(browser, { javaScriptEnabled: scripts });
    const continued = async (wanted: RegExp) => {
      if (!scripts) await page.click('#form-post-continue');
      await page.waitForURL(wanted);
    };
    const device = await createTestClient(server, 'device', { name: 'Acme TV' });
    const { json } = await postForm(`${server.issuer}/device_authorization`, {
      client_id: device.id,
      scope: 'openid',
    });

    await page.goto(json['verification_uri_complete'] ?? '');
    await continued(/\/device$/);
    expect(await page.locator('#device-confirm').count()).toBe(1);

    await page.goto(`${server.issuer}/logout`);
    await continued(/\/logout\/success/);

    const url = await authorizationUrl({ firstParty: true });
    const person = { login: `form-${scripts}`, password: ALICE.password };
    await createPerson(server, person);
    await page.goto(`${url}&response_mode=form_post`);
    await signIn(page, person);
    await continued(/\/callback$/);
    expect(await page.textContent('body')).toBe('Welcome back');
    await context.close();
  },
  60_000,
);

test('the first administrator comes in by the setup link, once', async () => {
  const { context, page } = await newWindow(browser);
  await page.goto(server.setupUrl ?? '');
  await page.fill('#login', 'root');
  await page.fill('#email', 'root@example.com');
  await page.fill('#name', 'Rosalind Root');
  await page.fill('#password', ALICE.password);
  await page.fill('#password-again', ALICE.password);
  await page.click('#setup-submit');
  expect(new URL(page.url()).pathname).toBe('/setup/done');
  expect((await page.reload())?.status()).toBe(200);

  const again = await page.goto(server.setupUrl ?? '');
  expect(again?.status()).toBe(404);
  const owners = await server.services.db.client.findMany({
    where: { builtIn: false },
    select: { owner: { select: { login: true } } },
  });
  expect(new Set(owners.map(({ owner }) => owner?.login))).toEqual(new Set(['root']));
  await context.close();
}, 60_000);
