// Passkeys from end to end in a real browser, with the authenticator that its developer tools have.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { launchBrowser, newWindow } from '../support/browser.ts';
import { createTestClient } from '../support/clients.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const PICTURES = process.env['SCREENSHOTS'];
const application = createServer((_, response) => response.end('Welcome back'));

let server: TestServer;
let browser: Browser;
let callback: string;
let clientId: string;

beforeAll(async () => {
  // No address can be a relying party's id.
  server = await startServer({}, { host: 'localhost' });
  browser = await launchBrowser();
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
  await createPerson(server, ALICE);
  ({ id: clientId } = await createTestClient(server, 'spa', {
    name: 'Acme Notes',
    redirectUris: [callback],
    firstParty: true,
  }));
}, 60_000);

afterAll(async () => {
  await browser.close();
  application.closeAllConnections();
  application.close();
  await server.close();
});

/** Lets a test switch off what the browser offers in the field, which the authenticator would agree to before any press. */
const AUTOFILL_SWITCH = `try {
  if (sessionStorage.getItem('noAutofill'))
    PublicKeyCredential.isConditionalMediationAvailable = undefined;
} catch {}`;

interface Authenticator {
  devTools: CDPSession;
  authenticatorId: string;
}

/** A platform authenticator, whose person agrees whenever it is asked for. */
async function withAuthenticator(page: Page): Promise<Authenticator> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('WebAuthn.enable');
  const { authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { devTools, authenticatorId };
}

/** Whether the person agrees to what is asked from now on. */
async function agree({ devTools, authenticatorId }: Authenticator, enabled: boolean) {
  await devTools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
}

async function begin(page: Page, parameters = {}) {
  const party = await relyingParty(server.issuer, clientId);
  const request = await authorizationRequest(party, { redirect_uri: callback, ...parameters });
  await page.goto(request.url.href);
}

async function typePassword(page: Page) {
  await page.fill('#login', ALICE.login);
  await page.fill('#password', ALICE.password);
  await page.click('#login-submit');
}

async function picture(page: Page, name: string) {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}

async function signOut(context: BrowserContext, page: Page) {
  await page.goto(`${server.issuer}/account`);
  await page.click('#account-logout');
  await page.click('#logout-confirm');
  expect(await context.cookies(server.issuer)).not.toContainEqual(
    expect.objectContaining({ name: '_session' }),
  );
}

async function faultsOf(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id }) => id);
}

test('a person adds a passkey, signs in with nothing else, and uses it after the password', async () => {
  const { context, page } = await newWindow(browser);
  await context.addInitScript(AUTOFILL_SWITCH);
  await page.goto(`${server.issuer}/account/passkeys`);
  await typePassword(page);
  const authenticator = await withAuthenticator(page);
  expect(await faultsOf(page)).toEqual([]);
  await picture(page, 'account-passkeys-empty');
  await page.click('#passkey-submit');
  await page.waitForSelector('#recovery-codes');
  expect(await page.locator('#recovery-codes li').count()).toBe(10);
  await picture(page, 'account-passkey-added');
  const { credentials } = await authenticator.devTools.send('WebAuthn.getCredentials', {
    authenticatorId: authenticator.authenticatorId,
  });
  expect(credentials).toEqual([
    expect.objectContaining({ isResidentCredential: true, rpId: 'localhost', userName: 'alice' }),
  ]);

  await page.click('#recovery-codes-continue');
  await page.click('#passkey-submit');
  await page.waitForSelector('#passkeys li');
  await picture(page, 'account-passkeys');
  expect(await faultsOf(page)).toEqual([]);
  await signOut(context, page);

  await page.evaluate(`sessionStorage.setItem('noAutofill', 'yes')`);
  await begin(page);
  await picture(page, 'login-passkey');
  await page.click('#passkey-submit');
  await page.waitForURL(`${callback}?code=**`);
  await signOut(context, page);

  await page.evaluate(`sessionStorage.clear()`);
  // Chosen from what the browser offers in the field, with nothing pressed on the page.
  await begin(page);
  await page.waitForURL(`${callback}?code=**`);
  await signOut(context, page);

  await agree(authenticator, false);
  await begin(page);
  await typePassword(page);
  expect(page.url()).toMatch(/\/second-factor$/);
  await picture(page, 'second-factor-passkey');
  expect(await faultsOf(page)).toEqual([]);
  await agree(authenticator, true);
  await page.click('#passkey-submit');
  await page.waitForURL(`${callback}?code=**`);
  await context.close();
}, 60_000);

test('without scripts, or without a passkey at hand, the page works as ever', async () => {
  const plain = await newWindow(browser, { javaScriptEnabled: false });
  await begin(plain.page);
  expect(await plain.page.isVisible('#passkey-submit')).toBe(false);
  await plain.context.close();

  const { context, page } = await newWindow(browser);
  const { devTools, authenticatorId } = await withAuthenticator(page);
  await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await begin(page);
  await page.click('#passkey-submit');
  await page.waitForSelector('#passkey-note:visible');
  await picture(page, 'login-no-passkey');
  expect(await faultsOf(page)).toEqual([]);
  await page.fill('#login', ALICE.login);
  await context.close();
}, 60_000);
