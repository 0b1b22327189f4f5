// The pages of second factors and mailed links speak the language of whoever they are for, faults included.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { sendVerification } from '../../src/identity/email-verification/email-verification.ts';
import { createAgent, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { askForMail, atLogin } from '../support/mail-sign-in.ts';
import { linkIn, newestMailTo } from '../support/mailbox.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const NEW = 'seven quiet otters drifting';
const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';

let server: TestServer;
let count = 0;
let person: { login: string; password: string };
let userId: string;

beforeAll(async () => {
  server = await startServer();
});

beforeEach(async () => {
  person = { login: `person-${(count += 1)}`, password: 'correct horse battery staple' };
  ({ id: userId } = await createPerson(server, person));
  await server.services.db.user.update({ where: { id: userId }, data: { locale: 'de' } });
});

afterAll(() => server.close());

const languageOf = ({ headers }: Page) => headers.get('content-language');

test('asking for a new password happens in the language of the browser, for nobody is known yet', async () => {
  const agent = createAgent(server.issuer);
  const asked = await agent.open('/recovery?ui_locales=fr');
  const empty = await agent.submit(asked, 'recovery-submit', { login: '' });
  expect([empty.status, languageOf(empty)]).toEqual([422, 'fr']);
  expect(empty.body).toContain('Saisissez votre nom d’utilisateur ou votre adresse e-mail.');

  const sent = await agent.submit(asked, 'recovery-submit', { login: person.login });
  expect(sent.body).toContain('pendant 60 minutes');
});

test('the link to a new password speaks to its person; a used one to the browser', async () => {
  const agent = createAgent(server.issuer);
  await agent.submit(await agent.open('/recovery'), 'recovery-submit', { login: person.login });
  const link = linkIn(await newestMailTo(server, `${person.login}@example.com`, 'reset-password'));

  const form = await agent.open(link);
  expect(languageOf(form)).toBe('de');
  const again = await agent.submit(form, 'new-password-submit', { password: 'x' });
  expect(again.body).toContain('Ein Passwort hat mindestens 15 Zeichen');
  expect(again.body).toContain('Geben Sie das Passwort noch einmal ein.');
  const passwords = { password: NEW, passwordAgain: NEW };
  const done = await agent.submit(form, 'new-password-submit', passwords);
  expect([new URL(done.url).pathname, languageOf(done)]).toEqual(['/recovery/done', 'de']);
  expect(agent.cookies.map(({ name }) => name)).toContain('latchkey_device');
  const unknown = await agent.open('/recovery/no-such-link', undefined, {
    'accept-language': 'es',
  });
  expect([unknown.status, languageOf(unknown)]).toEqual([404, 'es']);
  expect(unknown.body).toContain('Mire el mensaje más reciente');
});

test('the link that verifies an address speaks to its person', async () => {
  await sendVerification(server.services, userId, { actor: { type: 'system' } });
  const mail = await newestMailTo(server, `${person.login}@example.com`, 'verify-email');
  const agent = createAgent(server.issuer);
  const page = await agent.open(linkIn(mail));
  expect(languageOf(page)).toBe('de');
  expect(page.body).toContain('Adresse bestätigen');
  const done = await agent.submit(page, 'verify-email-submit');
  expect([new URL(done.url).pathname, languageOf(done)]).toEqual(['/verify-email/done', 'de']);
  expect(agent.cookies.map(({ name }) => name)).toContain('latchkey_device');
});

test('what the application or the browser asks for is heard before what a redirect told', async () => {
  const agent = createAgent(server.issuer);
  const asked = await agent.open('/recovery/done?ui_locales=fr&locale=de');
  expect(languageOf(asked)).toBe('fr');
  for (const locale of ['', 'x'.repeat(500), '../de', 'de&locale=fr']) {
    const page = await createAgent(server.issuer).open(`/verify-email/done?locale=${locale}`);
    expect([page.status, languageOf(page)]).toEqual([200, 'en']);
  }
});

test('the page behind a link to sign in by speaks to its person', async () => {
  await server.services.db.user.update({ where: { id: userId }, data: { emailVerified: true } });
  const begun = await atLogin(server);
  const waiting = await askForMail(begun, person.login);
  expect(languageOf(waiting)).toBe('en'); // else it would tell that there is such a person
  const mail = await newestMailTo(server, `${person.login}@example.com`, 'magic-link');
  expect(mail.subject).toBe('Ihr Anmeldelink');
  const page = await begun.agent.open(linkIn(mail));
  expect([languageOf(page), page.body.includes('<h1>Anmelden?</h1>')]).toEqual(['de', true]);
});

test('a second factor is asked for in the language of whoever typed the password', async () => {
  const agent = createAgent(server.issuer);
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const { url } = await authorizationRequest(await relyingParty(server.issuer, id), {
    acr_values: AAL2,
  });
  const login = await agent.browse(url.href);
  expect(languageOf(login)).toBe('en');
  const offered = await agent.submit(login, 'login-submit', person);
  expect(languageOf(offered)).toBe('de');

  const wrong = await agent.submit(offered, 'enrol-submit', { code: '000000' });
  expect([wrong.status, languageOf(wrong)]).toEqual([401, 'de']);
  expect(wrong.body).toContain('Dieser Code stimmt nicht');
});
