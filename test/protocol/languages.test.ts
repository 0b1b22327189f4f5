// In which language a person is spoken to: what the application asks for, then the person's own, then the browser's.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createUser, setPassword } from '../../src/identity/users/users.ts';
import { type Agent, createAgent, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { newestMailTo } from '../support/mailbox.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const SYSTEM = { type: 'system' } as const;
const LAYLA = { login: 'layla', password: 'a long enough password of hers' };
const NAOMI = { login: 'naomi', password: 'a long enough password of naomi' };
const FRENCH = { 'accept-language': 'fr-CA, fr;q=0.9, de;q=0.5' };

let server: TestServer;
let clientId: string;

beforeAll(async () => {
  server = await startServer({ DEFAULT_LOCALE: 'es' });
  await createPerson(server, ALICE);
  await createUser(
    server.services,
    { ...LAYLA, email: 'layla@example.com', locale: 'AR-eg' },
    SYSTEM,
  );
  await createUser(server.services, { ...NAOMI, email: 'naomi@example.com' }, SYSTEM);
  ({ id: clientId } = await createTestClient(server, 'spa'));
});

afterAll(() => server.close());

test('without any wish it is the default; a browser’s wish goes before it, by its weight', async () => {
  const agent = createAgent(server.issuer);
  expectLanguage(await agent.open('/'), 'es', 'ltr');
  expectLanguage(await agent.open('/', undefined, FRENCH), 'fr', 'ltr');
  const weighed = { 'accept-language': 'en;q=0.1, tlh, ja;q=0.4, *;q=0.05' };
  expectLanguage(await agent.open('/', undefined, weighed), 'ja', 'ltr');
});

test('ui_locales goes before the browser’s wish on every page of the request', async () => {
  const agent = createAgent(server.issuer);
  const { page, login } = await begin(agent, { ui_locales: 'tlh de-AT en' }, FRENCH);
  expectLanguage(page, 'de', 'ltr');
  expect(page.body).toContain('Benutzername oder E-Mail-Adresse');

  const refused = await agent.open(login, filled(page, { ...ALICE, password: 'wrong' }), FRENCH);
  expectLanguage(refused, 'de', 'ltr');
  expect(refused.body).toContain('Der Benutzername oder das Passwort ist nicht richtig.');
  expect(refused.body).toMatch(/<title>Fehler: Anmelden bei /);

  const consent = await agent.submit(page, 'login-submit', { ...ALICE });
  expectLanguage(consent, 'de', 'ltr');
  expect(consent.body).toContain('Ihr Profil sehen');
  expect(consent.body).toContain('Die Anmeldung endet, wenn sie 14 Tage nicht genutzt wird.');
  expect(consent.body.replace(/<[^>]*>/g, ' ')).not.toMatch(/\b(the|your|you|and|account)\b/i);
});

test('a link to the account that says a language leads to a sign-in in it', async () => {
  for (const path of ['/account', '/account/sessions', '/create-account']) {
    const agent = createAgent(server.issuer);
    expectLanguage(
      await agent.browse(`${path}?ui_locales=${encodeURIComponent('tlh ja')}`),
      'ja',
      'ltr',
    );
    expectLanguage(await agent.open('/recovery'), 'ja', 'ltr');
  }
});

test('it is remembered for pages outside of the request, until another application asks for none', async () => {
  const agent = createAgent(server.issuer);
  await begin(agent, { ui_locales: 'ja' });
  expectLanguage(await agent.open('/logout', undefined, FRENCH), 'ja', 'ltr');
  expectLanguage(await agent.open('/nowhere', undefined, FRENCH), 'ja', 'ltr');

  const { page } = await begin(agent, {}, FRENCH);
  expectLanguage(page, 'fr', 'ltr');
  expectLanguage(await agent.open('/nowhere', undefined, FRENCH), 'fr', 'ltr');
});

test('two applications at a time are each answered in their own language', async () => {
  const agent = createAgent(server.issuer);
  const german = await begin(agent, { ui_locales: 'de' });
  const french = await begin(agent, { ui_locales: 'fr' });
  expectLanguage(await agent.open(german.login), 'de', 'ltr');
  expectLanguage(await agent.open(french.login), 'fr', 'ltr');
});

test('once the person is known, their language goes before the browser’s, and not before ui_locales', async () => {
  const agent = createAgent(server.issuer);
  const { page } = await begin(agent, {}, { 'accept-language': 'en' });
  const consent = await agent.submit(page, 'login-submit', { ...LAYLA });
  expectLanguage(consent, 'ar', 'rtl');
  expect(consent.body).toContain('هل تسمح بالوصول؟');

  await agent.submit(consent, 'consent-allow');
  expectLanguage(await agent.open('/logout', undefined, FRENCH), 'ar', 'rtl');

  const asked = await begin(createAgent(server.issuer), { ui_locales: 'fr' });
  expectLanguage(asked.page, 'fr', 'ltr');
});

test('an error is told in the language of the browser, and to a program in English', async () => {
  const agent = createAgent(server.issuer);
  const page = await agent.open('/interaction/gone/login', undefined, FRENCH);
  expectLanguage(page, 'fr', 'ltr');
  expect(page.body).toContain('Cette connexion a pris fin');

  const headers = { ...FRENCH, accept: 'application/json' };
  const { body } = await agent.open('/interaction/gone/login', undefined, headers);
  expect(JSON.parse(body).error_description).toMatch(/^This sign-in has expired/);

  const unknown = await agent.open('/auth?client_id=nobody&response_type=code&ui_locales=es');
  expectLanguage(unknown, 'es', 'ltr');
  expect(unknown.body).toContain('No conocemos esta aplicación');
});

test('a mail is in the language of the person, or else the default', async () => {
  for (const [{ login, password }, subject] of [
    [LAYLA, 'تغيّرت طريقة تسجيل دخولك'],
    [NAOMI, 'Ha cambiado su forma de iniciar sesión'],
  ] as const) {
    const user = await server.services.db.user.findUniqueOrThrow({ where: { login } });
    await setPassword(server.services, { userId: user.id, password }, SYSTEM);
    expect(await newestMailTo(server, `${login}@example.com`)).toMatchObject({ subject });
  }
  const { html } = await newestMailTo(server, 'layla@example.com');
  expect(html).toContain('<html lang="ar" dir="rtl">');
});

test('what only developers see is English', async () => {
  expectLanguage(
    await createAgent(server.issuer).open('/dev/mail', undefined, FRENCH),
    'en',
    'ltr',
  );
});

test('discovery says which languages there are, the default first', async () => {
  const party = await relyingParty(server.issuer, clientId);
  const { ui_locales_supported: locales } = party.serverMetadata();
  expect(locales).toEqual(['es', 'ar', 'de', 'en', 'fr', 'ja']);
});

test('a locale that is none is refused with a person', async () => {
  const request = { ...ALICE, login: 'peter', locale: 'not a language' };
  await expect(createUser(server.services, request, SYSTEM)).rejects.toMatchObject({
    code: 'locale_malformed',
  });
});

const HOSTILE = [
  `"><script>alert(1)</script>`,
  'de"onload="alert(1)',
  '../../../../etc/passwd',
  '__proto__',
  'constructor hasOwnProperty',
  'de\r\nSet-Cookie: a=b',
  'x'.repeat(5000),
  'de-'.repeat(2000),
  '%',
  '\u202ede',
  '-',
  '*',
];

test.each(HOSTILE)('attack 35: ui_locales %j is ignored', async (hostile) => {
  for (const path of ['/', '/nowhere', '/setup', '/device']) {
    const agent = createAgent(server.issuer);
    const page = await agent.open(`${path}?ui_locales=${encodeURIComponent(hostile)}`);
    expectLanguage(page, 'es', 'ltr');
    expectHarmless(page, hostile);
    expect(agent.cookies.filter(({ name }) => /locales/.test(name))).toEqual([]);
  }
  const { page } = await begin(createAgent(server.issuer), { ui_locales: hostile });
  expect(page.status).toBeLessThan(500);
  expectHarmless(page, hostile);
});

test.each(HOSTILE)('attack 35: Accept-Language or a cookie %j is ignored', async (hostile) => {
  const value = encodeURIComponent(hostile).slice(0, 4000);
  const headers = { 'accept-language': value, cookie: `latchkey_locales=${value}` };
  const page = await createAgent(server.issuer).open('/', undefined, headers);
  expect(page.status).toBe(200);
  expectLanguage(page, 'es', 'ltr');
  expectHarmless(page, hostile);
});

test('attack 35: ui_locales twice, or in thousands, is ignored', async () => {
  const agent = createAgent(server.issuer);
  expectLanguage(await agent.open('/?ui_locales=de&ui_locales=fr'), 'es', 'ltr');
  expectLanguage(await agent.open(`/?${'ui_locales=de&'.repeat(900)}`), 'es', 'ltr');
  expectLanguage(await agent.open('/?ui_locales[]=de&ui_locales[a]=fr'), 'es', 'ltr');
});

async function begin(
  agent: Agent,
  parameters: Record<string, string>,
  headers: Record<string, string> = {},
) {
  const party = await relyingParty(server.issuer, clientId);
  const { url } = await authorizationRequest(party, { scope: 'openid profile', ...parameters });
  const { headers: answered } = await agent.open(url.href, undefined, headers);
  const login = answered.get('location') ?? url.href;
  return { login, page: await agent.open(login, undefined, headers) };
}

function filled(page: Page, person: typeof ALICE): Record<string, string> {
  const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(page.body) ?? [];
  return { ...person, csrf };
}

function expectLanguage({ body, headers }: Page, lang: string, dir: string): void {
  const tag = /<html[^>]*>/.exec(body)?.[0];
  expect({ tag, header: headers.get('content-language') }).toEqual({
    tag: `<html lang="${lang}" dir="${dir}">`,
    header: lang,
  });
  expect(headers.get('vary')).toMatch(/Accept-Language/i);
}

function expectHarmless({ status, body, headers }: Page, hostile: string): void {
  expect(status).toBeLessThan(500);
  expect(body).not.toContain('<script>alert');
  expect(body).not.toMatch(/onload=/);
  expect(hostile.length > 10 && body.includes(hostile)).toBe(false);
  expect([...headers.keys()]).not.toContain('a');
}
