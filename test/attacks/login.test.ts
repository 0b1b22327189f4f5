// Attacks on signing in: fixation (21) and hijacked interactions (23). (Skipped steps: skipped-steps.test.ts.)
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hashSecret } from '../../src/foundation/secrets.ts';
import { type Agent, createAgent, formOf, locationOf } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { postForm } from '../support/http.ts';
import {
  authorizationRequest,
  authorize,
  callbackOf,
  relyingParty,
} from '../support/relying-party.ts';
import { ALICE, createPerson, MALLORY, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  await createPerson(server, MALLORY);
});

afterAll(() => server.close());

const SESSION = /^latchkey_session/;
const codes = () =>
  server.services.db.protocolState.count({ where: { model: 'AuthorizationCode' } });
const sessionOf = ({ cookies }: Agent) =>
  cookies.find(({ name }) => name === 'latchkey_session')?.value ?? '';

/** A browser at the first page of signing in. */
async function atLogin(more: Record<string, unknown> = {}, agent = createAgent(server.issuer)) {
  const { id } = await createTestClient(server, 'spa', more);
  const request = await authorizationRequest(await relyingParty(server.issuer, id));
  const page = await agent.browse(request.url.href);
  return { id, agent, request, page, uid: /interaction\/([^/]+)/.exec(page.url)?.[1] ?? '' };
}

/** The attacker’s cookies are planted in the browser of the victim, which a sister domain may do. */
function plant(from: Agent, into: Agent, names = /./) {
  into.cookies.push(
    ...from.cookies.filter(({ name }) => names.test(name)).map((cookie) => ({ ...cookie })),
  );
}

describe('attack 21: fixation', () => {
  test('attack 21: a session that the attacker began is not the one that the victim signs in to', async () => {
    const mallory = createAgent(server.issuer);
    await mallory.browse('/device');
    const planted = sessionOf(mallory);
    expect(planted).not.toBe('');
    const victim = createAgent(server.issuer);
    plant(mallory, victim, SESSION);

    const { request } = await atLogin({}, victim);
    await authorize(victim, request.url, ALICE);

    expect(sessionOf(victim)).not.toBe(planted);
    expect(
      await server.services.db.session.findUnique({ where: { id: hashSecret(planted) } }),
    ).toBeNull();
    const page = await mallory.browse((await atLogin()).request.url.href);
    expect(page.body).toContain('id="login-submit"');
  });

  test('attack 21: a cookie that this server did not sign begins nothing', async () => {
    const victim = createAgent(server.issuer);
    const value = 'x'.repeat(43);
    victim.cookies.push(
      { name: 'latchkey_session', value, path: '/' },
      { name: 'latchkey_session.sig', value: 'x'.repeat(27), path: '/' },
    );
    const { request } = await atLogin({}, victim);
    await authorize(victim, request.url, ALICE);
    expect(sessionOf(victim)).not.toBe(value);
    expect(await server.services.db.session.count({ where: { id: hashSecret(value) } })).toBe(0);
  });

  test('attack 21: the session gets another cookie whenever somebody signs in, and the old one is dead', async () => {
    const { agent, party } = await signedIn(server);
    const before = sessionOf(agent);
    const thief = createAgent(server.issuer);
    plant(agent, thief, SESSION);

    const { url } = await authorizationRequest(party, { prompt: 'login' });
    await agent.submit(await agent.browse(url.href), 'login-submit', { ...ALICE });

    expect(sessionOf(agent)).not.toBe(before);
    const page = await thief.browse((await authorizationRequest(party)).url.href);
    expect(page.body).toContain('id="login-submit"');
  });

  // All but the cookie of the forms, which has the __Host- prefix over https and so cannot be planted.
  const PLANTED = /^latchkey_(interaction|resume|session)/;
  const sessionsOf = (login: string) =>
    server.services.db.session.count({ where: { user: { login } } });

  test('attack 21: a password typed at a planted interaction signs the attacker in nowhere', async () => {
    const mallory = await atLogin({ firstParty: true });
    const victim = createAgent(server.issuer);
    plant(mallory.agent, victim, PLANTED);
    const before = await sessionsOf('alice');

    const typed = formOf((await victim.open(mallory.page.url)).body, 'login-submit');
    await victim.open(typed.action, { ...typed.fields, ...ALICE });
    const resumed = await mallory.agent.browse(`/auth/${mallory.uid}`);
    const reopened = await mallory.agent.browse(mallory.page.url);

    expect(locationOf(resumed)).toBeUndefined();
    expect([resumed.status, reopened.status]).toEqual([404, 404]);
    expect(await sessionsOf('alice')).toBe(before);
    expect(sessionOf(mallory.agent)).toBe('');
  });

  test('attack 21: nor is the victim signed in as the attacker by one that the attacker finished', async () => {
    const mallory = await atLogin({ firstParty: true });
    const form = formOf(mallory.page.body, 'login-submit');
    await mallory.agent.open(form.action, { ...form.fields, ...MALLORY });
    const victim = createAgent(server.issuer);
    plant(mallory.agent, victim, PLANTED);
    const before = await sessionsOf('mallory');

    const resumed = await victim.browse(`/auth/${mallory.uid}`);

    expect([resumed.status, locationOf(resumed)]).toEqual([404, undefined]);
    expect(await sessionsOf('mallory')).toBe(before);
  });

  test('attack 21: the cookies are for this server alone, and no script reads them', async () => {
    const { agent, page } = await atLogin();
    const { action, fields } = formOf(page.body, 'login-submit');
    const answers = [
      await createAgent(server.issuer).open('/device'),
      await agent.open(action, { ...fields, ...ALICE }),
    ];
    const lines = [
      ...page.headers.getSetCookie(),
      ...answers.flatMap(({ headers }) => headers.getSetCookie()),
    ];
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toMatch(/httponly/i);
      expect(line).toMatch(/samesite=lax/i);
      expect(line).not.toMatch(/domain=/i);
    }
  });
});

describe('attack 23: an interaction in the wrong browser', () => {
  test('attack 23: the victim cannot finish what the attacker began', async () => {
    const mallory = await atLogin();
    const victim = (await signedIn(server)).agent;
    const before = await codes();

    for (const path of ['', '/login', '/consent']) {
      const page = await victim.open(`/interaction/${mallory.uid}${path}`);
      expect([page.status, page.headers.get('location')]).toEqual([404, null]);
    }
    const resumed = await victim.open(`/auth/${mallory.uid}`);
    const told = `/interaction/${mallory.uid}/interrupted`;
    expect([resumed.status, resumed.headers.get('location')]).toEqual([303, told]);
    expect(await codes()).toBe(before);
    expect((await mallory.agent.open(mallory.page.url)).body).toContain('id="login-submit"');
  });

  test('attack 23: the attacker cannot step into what the victim began', async () => {
    const { page, agent } = await atLogin();
    const consent = await agent.submit(page, 'login-submit', { ...ALICE });
    const { action, fields } = formOf(consent.body, 'consent-allow');
    const mallory = (await signedIn(server, { person: MALLORY })).agent;
    const own = await atLogin({}, mallory);
    const { csrf } = formOf(
      (await mallory.browse(own.request.url.href)).body,
      'consent-allow',
    ).fields;

    const stolen = await mallory.open(action, { ...fields, csrf: csrf ?? '' });

    expect([stolen.status, stolen.headers.get('location')]).toEqual([404, null]);
    expect(
      callbackOf(await agent.submit(consent, 'consent-allow')).searchParams.get('code'),
    ).not.toBeNull();
  });

  test('attack 23: user codes cannot be guessed for long, and what is right is refused then as well', async () => {
    const { id } = await createTestClient(server, 'device');
    const { json } = await postForm(`${server.issuer}/device_authorization`, {
      client_id: id,
      scope: 'openid',
    });
    const agent = createAgent(server.issuer);
    const statuses: number[] = [];
    let page = await agent.browse('/device');
    for (let guess = 0; guess < 25; guess++) {
      const form = page.body.includes('id="device-continue"')
        ? page
        : await agent.browse('/device');
      const bits = guess.toString(2).padStart(5, '0').replaceAll('0', 'G').replaceAll('1', 'H');
      const user_code = `BCD${bits[0]}-${bits.slice(1)}`;
      page = await agent.submit(form, 'device-continue', { user_code });
      statuses.push(page.status);
    }

    expect(statuses.slice(0, 15)).not.toContain(429);
    expect(statuses.at(-1)).toBe(429);
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
    const right = await agent.submit(await agent.browse('/device'), 'device-continue', {
      user_code: json['user_code'] ?? '',
    });
    expect([right.status, right.body.includes('device-confirm')]).toEqual([429, false]);
    const where = { type: 'rate_limit.exceeded' };
    expect(await server.services.db.auditEvent.count({ where })).toBeGreaterThan(0);
    await server.services.db.rateLimit.deleteMany();
  });
});
