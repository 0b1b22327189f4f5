// Attack 24: steps of signing in that are skipped, repeated or taken out of order.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listConsents } from '../../src/protocol/grants/consents.ts';
import { type Agent, createAgent, formOf, locationOf, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { bearer, get } from '../support/http.ts';
import {
  authorizationRequest,
  callbackOf,
  redeem,
  relyingParty,
  signInAndFetchTokens,
} from '../support/relying-party.ts';
import { ALICE, createPerson, MALLORY, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  await createPerson(server, MALLORY);
});

afterAll(() => server.close());

const codes = () =>
  server.services.db.protocolState.count({ where: { model: 'AuthorizationCode' } });
const granted = (page: Page) => locationOf(page)?.includes('code=') ?? false;

/** A browser at the first page of signing in. */
async function atLogin(agent = createAgent(server.issuer)) {
  const { id } = await createTestClient(server, 'spa');
  const request = await authorizationRequest(await relyingParty(server.issuer, id));
  const page = await agent.browse(request.url.href);
  return { id, agent, request, page, uid: /interaction\/([^/]+)/.exec(page.url)?.[1] ?? '' };
}

/** A page whose script sends its form: the session of whoever was signed in before is ended first. */
function sendItself(agent: Agent, { body }: Page): Promise<Page> {
  const action = /action="([^"]+)"/.exec(body)?.[1] ?? '';
  const fields = [...body.matchAll(/name="(\w+)" value="([^"]*)"/g)];
  return agent.browse(
    action,
    Object.fromEntries(fields.map(([, name, value]) => [name ?? '', value ?? ''])),
  );
}

test('attack 24: consent before signing in leads to signing in', async () => {
  const { agent, page, uid, id } = await atLogin();
  const { csrf } = formOf(page.body, 'login-submit').fields;
  const before = await codes();

  const posted = await agent.open(`/interaction/${uid}/consent`, {
    csrf: csrf ?? '',
    decision: 'allow',
    scope: 'openid',
  });
  const shown = await agent.open(`/interaction/${uid}/consent`);

  expect([posted, shown].map(locationOf)).toEqual(
    Array(2).fill(`${server.issuer}/interaction/${uid}/login`),
  );
  expect(await codes()).toBe(before);
  expect(await server.services.db.consent.count({ where: { clientId: id } })).toBe(0);
});

test('attack 24: resuming without having finished gives nothing, before and after signing in', async () => {
  const first = await atLogin();
  expect(granted(await first.agent.browse(`/auth/${first.uid}`))).toBe(false);

  const second = await atLogin();
  await second.agent.submit(second.page, 'login-submit', { ...ALICE });
  const resumed = await second.agent.browse(`/auth/${second.uid}`);
  expect(granted(resumed)).toBe(false);
  expect(await server.services.db.grant.count({ where: { clientId: second.id } })).toBe(0);
});

test('attack 24: empty and half-empty forms', async () => {
  const { agent, page, uid, id } = await atLogin();
  const { csrf = '' } = formOf(page.body, 'login-submit').fields;
  const token = { csrf: String(csrf) };

  expect((await agent.open(`/interaction/${uid}/login`, {})).status).toBe(403);
  for (const half of [
    {},
    { login: ALICE.login },
    { password: ALICE.password },
    { login: ALICE.login, password: '' },
  ]) {
    const refused = await agent.open(`/interaction/${uid}/login`, { ...token, ...half });
    expect([refused.status, locationOf(refused)]).toEqual([401, undefined]);
  }
  const list = await agent.open(`/interaction/${uid}/login`, {
    ...token,
    login: ['alice', 'mallory'],
    password: ALICE.password,
  });
  expect(list.status).toBe(400);

  await agent.submit(page, 'login-submit', { ...ALICE });
  for (const odd of [{}, { decision: '' }, { decision: 'yes' }, { scope: 'openid' }]) {
    expect((await agent.open(`/interaction/${uid}/consent`, { ...token, ...odd })).status).toBe(
      400,
    );
  }
  expect(await server.services.db.grant.count({ where: { clientId: id } })).toBe(0);
});

test('attack 24: a scope that nobody asked for cannot be slipped into the answer', async () => {
  const { agent, page } = await atLogin();
  const consent = await agent.submit(page, 'login-submit', { ...ALICE });
  const answer = await agent.submit(consent, 'consent-allow', {
    scope: ['email', 'offline_access', 'orders:read'],
  });
  expect(granted(answer)).toBe(true);
  const grant = await server.services.db.grant.findFirstOrThrow({
    orderBy: { createdAt: 'desc' },
  });
  expect(grant.scopes).toMatchObject({ openid: { scope: 'openid' } });
  expect(JSON.stringify(grant.scopes)).not.toMatch(/email|offline|orders/);
});

test('attack 24: the back button after the end changes nothing', async () => {
  const { agent, page } = await atLogin();
  const consent = await agent.submit(page, 'login-submit', { ...ALICE });
  const allow = formOf(consent.body, 'consent-allow');
  expect(granted(await agent.submit(consent, 'consent-allow'))).toBe(true);
  const before = await codes();

  const again = [
    await agent.open(allow.action, allow.fields),
    await agent.open(formOf(page.body, 'login-submit').action, {
      ...formOf(page.body, 'login-submit').fields,
      ...ALICE,
    }),
    await agent.open(page.url),
  ];

  expect(again.map(({ status }) => status)).toEqual([404, 404, 404]);
  for (const { body } of again) expect(body).toContain('<h1>You are signed in</h1>');
  expect(again.map(locationOf)).toEqual([undefined, undefined, undefined]);
  expect(await codes()).toBe(before);
});

test('attack 24: two tabs are two interactions, and neither answers for the other', async () => {
  const agent = createAgent(server.issuer);
  const first = await atLogin(agent);
  const second = await atLogin(agent);
  const consent = await agent.submit(second.page, 'login-submit', { ...ALICE });
  const { fields } = formOf(consent.body, 'consent-allow');

  const crossed = await agent.open(`/interaction/${first.uid}/consent`, fields);

  expect(locationOf(crossed)).toBe(`${server.issuer}/interaction/${first.uid}/login`);
  const answer = callbackOf(await agent.submit(consent, 'consent-allow'));
  expect(answer.searchParams.get('state')).toBe(second.request.state);
  expect(await server.services.db.grant.count({ where: { clientId: first.id } })).toBe(0);
});

test('attack 24: signing in as somebody else while a request is open does not carry the consent over', async () => {
  const { id } = await createTestClient(server, 'spa');
  const party = await relyingParty(server.issuer, id);
  const { agent } = await signInAndFetchTokens(party, ALICE, {
    parameters: { scope: 'openid email' },
  });
  const consents = async () =>
    (await listConsents(server.services, { clientId: id })).map((consent) => [
      consent.login,
      consent.granted.openid,
    ]);
  const ofAlice = [['alice', ['openid', 'email']]];
  expect(await consents()).toEqual(ofAlice);

  const asked = { scope: 'openid email profile' };
  const request = await authorizationRequest(party, asked);
  const consent = await agent.browse(request.url.href);
  expect(consent.body).toContain('Alice');
  expect(consent.body).toContain('>New<'); // beside what she has answered before
  const login = await agent.submit(consent, 'consent-switch');
  const shown = await agent.submit(login, 'login-submit', { ...MALLORY });

  expect(shown.body).toContain('Mallory');
  expect(shown.body).toContain('id="consent-allow"');
  expect(shown.body).not.toContain('>New<');
  expect(await consents()).toEqual(ofAlice);
  const left = await agent.submit(shown, 'consent-allow', { scope: [] });
  const callback = callbackOf(await sendItself(agent, left));
  const { scope, access_token } = await redeem(party, callback, request);
  const userinfo = await get(`${server.issuer}/userinfo`, bearer(access_token));
  const mallory = await server.services.db.user.findUnique({ where: { login: 'mallory' } });
  expect([scope, userinfo.json]).toEqual(['openid', { sub: mallory?.id }]);
  expect(await consents()).toEqual(expect.arrayContaining([...ofAlice, ['mallory', ['openid']]]));
});
