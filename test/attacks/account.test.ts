// Attacks on the account's pages: forged forms, fields that are nobody's to set, what belongs to others, a sign-in of
// another browser.
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createUser, setPassword } from '../../src/identity/users/users.ts';
import { ACCOUNT_CLIENT_ID } from '../../src/protocol/clients/account-client.ts';
import { deleteClient, disableClient, listClients } from '../../src/protocol/clients/clients.ts';
import { rotateClientSecret } from '../../src/protocol/clients/client-secrets.ts';
import { createAgent, formOf, locationOf } from '../support/agent.ts';
import { bearer, get } from '../support/http.ts';
import { ALICE, createPerson, MALLORY, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

const SYSTEM = { type: 'system' } as const;
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' });
  await createPerson(server, ALICE);
  await createPerson(server, MALLORY);
});

afterAll(() => server.close());

async function enter(person: typeof ALICE, path: string) {
  const agent = createAgent(server.issuer);
  const page = await agent.submit(await agent.browse(path), 'login-submit', { ...person });
  return { agent, page };
}

const userOf = ({ login }: typeof ALICE) =>
  server.services.db.user.findUniqueOrThrow({ where: { login } });

/** Everything that a form of the account can change, of everybody. */
async function snapshot() {
  const { db } = server.services;
  const users = await db.user.findMany({ orderBy: { login: 'asc' } });
  const sessions = await db.session.findMany({ select: { uid: true }, orderBy: { uid: 'asc' } });
  const consents = await db.consent.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
  const exports = await db.auditEvent.count({ where: { type: 'user.exported' } });
  return { users, sessions, consents, exports };
}

const NEW = 'a password of the attacker';
const FORMS: Record<string, { path: string; button: RegExp; fields?: Record<string, string> }> = {
  profile: { path: '/account/profile', button: /profile-submit/, fields: { name: 'Mallory' } },
  password: {
    path: '/account/password',
    button: /password-submit/,
    fields: { current: ALICE.password, password: NEW, passwordAgain: NEW },
  },
  'one session': { path: '/account/sessions', button: /session-[\w-]+/ },
  'all other sessions': { path: '/account/sessions', button: /sessions-end-others/ },
  'access of an app': { path: '/account/apps', button: /app-[\w-]+/ },
  export: { path: '/account/data', button: /data-export/ },
};

async function formAt(name: string) {
  await signedIn(server, { person: ALICE });
  const { path, button, fields } = FORMS[name] ?? { path: '', button: /x/ };
  const { agent, page } = await enter(ALICE, path);
  const [id = ''] = new RegExp(`(?<=<button[^>]* id=")${button.source}`).exec(page.body) ?? [];
  const form = formOf(page.body, id);
  return { agent, action: form.action, fields: { ...form.fields, ...fields } };
}

interface Forgery {
  headers?: Record<string, string>;
  csrf?: string;
}

const FORGERIES: Forgery[] = [
  { headers: { origin: 'https://evil.example' } },
  { headers: { origin: 'null' } },
  { headers: { 'sec-fetch-site': 'same-site' } },
  { csrf: '' },
  { csrf: 'x'.repeat(43) },
  { headers: { 'content-type': 'text/plain' } },
];

describe.each(Object.keys(FORMS))('attack 22: the account’s form: %s', (name) => {
  test(`attack 22: ${name}, forged, changes nothing; as it was meant, it does`, async () => {
    const { agent, action, fields } = await formAt(name);
    const before = await snapshot();
    for (const { headers, csrf } of FORGERIES) {
      const form = { ...fields, ...(csrf !== undefined && { csrf }) };
      const { status } = await agent.open(action, form, headers);
      expect([400, 403]).toContain(status);
    }
    expect([200, 404]).toContain((await agent.open(action)).status);
    expect(await snapshot()).toEqual(before);

    expect((await agent.open(action, fields)).status).toBeLessThan(400);
    expect(await snapshot()).not.toEqual(before);
    await restorePassword();
  });
});

async function restorePassword() {
  const passwordHash = await server.services.passwordHashing.hash(ALICE.password);
  await server.services.db.user.update({
    where: { login: ALICE.login },
    data: { passwordHash, name: 'Alice Example' },
  });
}

test('attack 38: a form of the account sets what it is for and nothing else', async () => {
  const { agent, page } = await enter(MALLORY, '/account/profile');
  const { action, fields } = formOf(page.body, 'profile-submit');
  const alice = await userOf(ALICE);
  const before = await userOf(MALLORY);
  const answer = await agent.open(action, {
    ...fields,
    name: 'M',
    id: alice.id,
    userId: alice.id,
    login: 'root',
    email: 'root@example.com',
    emailVerified: 'true',
    administrator: 'true',
    passwordHash: 'x',
    disabledAt: '',
    '__proto__[administrator]': 'true',
  });

  expect(answer.status).toBe(303);
  expect(await userOf(ALICE)).toEqual(alice);
  expect(await userOf(MALLORY)).toEqual({ ...before, name: 'M', updatedAt: expect.any(Date) });
});

test('attack 39: what belongs to somebody else is not found, and stays', async () => {
  const alice = await signedIn(server, { person: ALICE });
  const { id: userId } = await userOf(ALICE);
  const [session] = await server.services.db.session.findMany({ where: { userId } });
  const [consent] = await server.services.db.consent.findMany({ where: { userId } });
  const { agent, page } = await enter(MALLORY, '/account/profile');
  const { csrf = '' } = formOf(page.body, 'profile-submit').fields;
  const before = await snapshot();

  for (const path of [
    `/account/sessions/${session?.uid}/revocation`,
    `/account/apps/${consent?.id}/revocation`,
    '/account/apps/00000000-0000-7000-8000-000000000000/revocation',
    '/account/sessions/nobody/revocation',
  ]) {
    expect({ path, status: (await agent.open(path, { csrf })).status }).toEqual({
      path,
      status: 404,
    });
  }
  expect(await snapshot()).toEqual(before);

  const theirs = () => server.services.db.session.count({ where: { userId } });
  const count = await theirs();
  await agent.open('/account/sessions/revocation', { csrf });
  expect(await theirs()).toBe(count);
  expect((await get(`${server.issuer}/userinfo`, bearer(alice.accessToken))).status).toBe(200);
});

test('attack 21: a sign-in that another browser began is not answered here, and leads nowhere else', async () => {
  const mallory = createAgent(server.issuer);
  const begun = new URL(locationOf(await mallory.open('/account/apps')) ?? '');
  const state = begun.searchParams.get('state') ?? '';
  const { agent } = await enter(ALICE, '/account');
  const own = new URL(locationOf(await createAgent(server.issuer).open('/account')) ?? '');

  for (const hostile of [
    state,
    own.searchParams.get('state') ?? '',
    '',
    'apps.',
    `//evil.example${state.slice(4)}`,
    state.replace('apps', 'data'),
    `https://evil.example/.${state.slice(5)}`,
  ]) {
    const query = new URLSearchParams({ state: hostile, code: 'x' });
    const answer = await agent.open(`/account/signed-in?${query.toString()}`);
    expect({ hostile, status: answer.status, to: locationOf(answer) }).toEqual({
      hostile,
      status: 400,
      to: undefined,
    });
  }
  expect((await agent.open('/account/signed-in')).status).toBe(400);
});

test.each(['GET', 'POST'])(
  'attack 24: no page of the account by %s without a session',
  async (method) => {
    for (const path of [
      '/account',
      '/account/profile',
      '/account/password',
      '/account/password/done',
      '/account/sessions',
      '/account/sessions/revocation',
      '/account/apps',
      '/account/security',
      '/account/data',
      '/account/data/export',
    ]) {
      const answer = await createAgent(server.issuer).open(
        path,
        method === 'POST' ? {} : undefined,
      );
      const isLedToSignIn = locationOf(answer)?.startsWith(`${server.issuer}/auth?`);
      expect({ path, refused: isLedToSignIn || answer.status === 404 }).toEqual({
        path,
        refused: true,
      });
    }
  },
);

test('attack 47: the account’s client can be listed, owned, given a secret, disabled or deleted by nobody', async () => {
  const { services } = server;
  await createUser(services, { login: 'root', administrator: true }, SYSTEM);
  const refused = expect.objectContaining({ code: 'client_not_found' });
  expect((await listClients(services)).map(({ id }) => id)).not.toContain(ACCOUNT_CLIENT_ID);
  await expect(disableClient(services, ACCOUNT_CLIENT_ID, SYSTEM)).rejects.toEqual(refused);
  await expect(deleteClient(services, ACCOUNT_CLIENT_ID, SYSTEM)).rejects.toEqual(refused);
  const secret = { clientId: ACCOUNT_CLIENT_ID, keepOldSeconds: 0 };
  await expect(rotateClientSecret(services, secret, SYSTEM)).rejects.toEqual(refused);
  const row = await services.db.client.findUnique({ where: { id: ACCOUNT_CLIENT_ID } });
  expect(row).toMatchObject({ builtIn: true, disabledAt: null, ownerId: null });
});

/** Sends a form whose second half comes once the work is done. */
async function sendLate(
  path: string,
  { cookie, form }: { cookie: string; form: string },
  work: () => Promise<unknown>,
) {
  const request = httpRequest(`${server.issuer}${path}`, {
    method: 'POST',
    headers: {
      cookie,
      origin: server.issuer,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(form),
    },
  });
  request.write(form.slice(0, 1));
  await sleep(300);
  await work();
  request.end(form.slice(1));
  const [answer]: IncomingMessage[] = await once(request, 'response');
  answer?.resume();
  return { status: answer?.statusCode, location: answer?.headers.location ?? '' };
}

test('attack 20: a form that is held open until its session has ended changes nothing', async () => {
  const { agent, page } = await enter(ALICE, '/account/profile');
  const { fields } = formOf(page.body, 'profile-submit');
  const cookie = agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const form = new URLSearchParams({ csrf: String(fields['csrf']), name: 'Mallory' }).toString();
  const { id, name } = await userOf(ALICE);

  const late = await sendLate('/account/profile', { cookie, form }, () =>
    setPassword(server.services, { userId: id, password: ALICE.password }, SYSTEM),
  );

  expect([late.status, new URL(late.location, server.issuer).pathname]).toEqual([303, '/auth']);
  expect((await userOf(ALICE)).name).toBe(name);
});
