// Single use, settled by the database: 50 parallel redemptions on two processes (attacks 8, 9, 15, 48).
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createAgent } from '../support/agent.ts';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { basic, bearer, get, postForm } from '../support/http.ts';
import { type Nodes, postToNode, startNodes } from '../support/nodes.ts';
import {
  authorizationRequest,
  authorize,
  CALLBACK,
  relyingParty,
  signInAndFetchTokens,
} from '../support/relying-party.ts';
import { ALICE, createPerson } from '../support/server.ts';

const PARALLEL = 50;
/** Without grace and rate limits. */
let nodes: Nodes;
/** As they are by default, but for the rate limits. */
let graceful: Nodes;

beforeAll(async () => {
  const settings = { INSECURE_NO_RATE_LIMITS: 'true' };
  [nodes, graceful] = await Promise.all([
    startNodes(2, { ...settings, REFRESH_GRACE_SECONDS: '0' }),
    startNodes(2, settings),
  ]);
  for (const one of [nodes, graceful]) await createPerson(one, ALICE);
  await createOrdersApi(nodes);
}, 60_000);

afterAll(() => Promise.all([nodes, graceful].map((one) => one.close())));

/** The same form, or the forms in turn, at once and to both nodes alternately. */
function race(form: Form | [Form, ...Form[]], { nodes: running, issuer } = nodes) {
  const forms = [form].flat();
  return Promise.all(
    Array.from({ length: PARALLEL }, (_, i) => {
      const node = running[i % running.length];
      const sent = forms[Math.floor(i / running.length) % forms.length];
      if (!node || !sent) throw new Error('no node');
      return postToNode(node, issuer, { path: '/token', form: sent });
    }),
  );
}

type Form = Record<string, string>;
type Answers = Awaited<ReturnType<typeof race>>;

function expectOneWinner(answers: Answers, refusal: { status: number; error: string }) {
  const winners = answers.filter(({ status }) => status === 200);
  const others = answers.filter(({ status }) => status !== 200);
  expect(winners).toHaveLength(1);
  expect(new Set(others.map(({ status, json }) => `${status} ${json['error']}`))).toEqual(
    new Set([`${refusal.status} ${refusal.error}`]),
  );
  return winners[0]?.json['access_token'] ?? '';
}

/** What is alive of the client's grants: whole families, with how many tokens of each kind. */
async function familiesOf(clientId: string, { services: { db } } = nodes) {
  const grants = await db.grant.findMany({
    where: { clientId },
    include: { protocolStates: { where: { clientId } } },
  });
  const tokens = { clientId, model: { in: ['AccessToken', 'RefreshToken'] } };
  const inGrants = grants.flatMap(({ protocolStates }) =>
    protocolStates.filter(({ model }) => model.endsWith('Token')),
  );
  expect(await db.protocolState.count({ where: tokens })).toBe(inGrants.length);
  return grants.map(({ protocolStates }) => {
    const count = (kind: string, isUsed: boolean) =>
      protocolStates.filter(
        ({ model, consumedAt }) => model === kind && (consumedAt !== null) === isUsed,
      ).length;
    return {
      accessTokens: count('AccessToken', false),
      refreshTokens: count('RefreshToken', false),
      usedRefreshTokens: count('RefreshToken', true),
    };
  });
}

const auditedOf = (clientId: string, type: string) =>
  nodes.services.db.auditEvent.count({ where: { clientId, type } });

/** Whoever comes after the winner was committed is a replay, which ends the family (RFC 6749 §4.1.2). */
async function expectOneFamily(clientId: string, { token, form }: { token: string; form: Form }) {
  const families = await familiesOf(clientId);
  const replays = await auditedOf(clientId, 'token.reuse_detected');
  expect(await auditedOf(clientId, 'token.issued')).toBe(1);
  expect(families).toEqual(
    replays ? [] : [{ accessTokens: 1, refreshTokens: 1, usedRefreshTokens: 0 }],
  );
  expect((await get(`${nodes.issuer}/userinfo`, bearer(token))).status).toBe(replays ? 401 : 200);

  expect((await postForm(`${nodes.issuer}/token`, form)).json['error']).toBe('invalid_grant');
  expect(await familiesOf(clientId)).toEqual([]);
  expect(await auditedOf(clientId, 'token.reuse_detected')).toBe(1);
  expect((await get(`${nodes.issuer}/userinfo`, bearer(token))).status).toBe(401);
}

test('attack 8: one authorization code, one success', async () => {
  const { id } = await createTestClient(nodes, 'spa');
  const party = await relyingParty(nodes.issuer, id);
  const request = await authorizationRequest(party);
  const callback = await authorize(createAgent(nodes.issuer), request.url, ALICE);

  const form = {
    grant_type: 'authorization_code',
    client_id: id,
    code: callback.searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    code_verifier: request.verifier,
  };
  const answers = await race(form);

  const token = expectOneWinner(answers, { status: 400, error: 'invalid_grant' });
  await expectOneFamily(id, { token, form });
}, 60_000);

test('attack 9: one refresh token, one success', async () => {
  const { id } = await createTestClient(nodes, 'spa');
  const { tokens } = await signInAndFetchTokens(await relyingParty(nodes.issuer, id), ALICE);

  const answers = await race({
    grant_type: 'refresh_token',
    client_id: id,
    refresh_token: tokens.refresh_token ?? '',
  });

  expectOneWinner(answers, { status: 400, error: 'invalid_grant' });
  const replays = await auditedOf(id, 'token.reuse_detected');
  expect(await familiesOf(id)).toEqual(
    replays ? [] : [{ accessTokens: 2, refreshTokens: 1, usedRefreshTokens: 1 }],
  );
}, 60_000);

test('attack 9: with the grace, one refresh token has one successor, and there is one family', async () => {
  const { id } = await createTestClient(graceful, 'spa');
  const { tokens } = await signInAndFetchTokens(await relyingParty(graceful.issuer, id), ALICE);
  const form = { grant_type: 'refresh_token', client_id: id };
  const first = { ...form, refresh_token: tokens.refresh_token ?? '' };

  const answers = await race(first, graceful);

  const successors = new Set(answers.map(({ json }) => json['refresh_token']));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect([...successors]).toEqual([expect.any(String)]);
  expect(successors.has(first.refresh_token)).toBe(false);
  expect(await familiesOf(id, graceful)).toEqual([
    { accessTokens: PARALLEL + 1, refreshTokens: 1, usedRefreshTokens: 1 },
  ]);

  // Its owner has used the successor by now, or is about to: who still holds the first gets nothing of his own.
  const second = { ...form, refresh_token: [...successors][0] ?? '' };
  const mixed = await race([first, second], graceful);
  const given = new Set(mixed.flatMap(({ json }) => json['refresh_token'] ?? []));
  given.delete(second.refresh_token);
  expect(given.size).toBeLessThanOrEqual(1);
  for (const { refreshTokens } of await familiesOf(id, graceful)) expect(refreshTokens).toBe(1);
  expect((await familiesOf(id, graceful)).length).toBeLessThanOrEqual(1);

  expect((await postForm(`${graceful.issuer}/token`, first)).json['error']).toBe('invalid_grant');
  expect(await familiesOf(id, graceful)).toEqual([]);
}, 60_000);

test('attack 8: one device code, one success', async () => {
  const { id } = await createTestClient(nodes, 'device');
  const [node] = nodes.nodes;
  if (!node) throw new Error('no node');
  const { json } = await postToNode(node, nodes.issuer, {
    path: '/device_authorization',
    form: { client_id: id, scope: 'openid' },
  });
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    client_id: id,
    device_code: json['device_code'] ?? '',
  };
  // Nobody has approved it yet (attack 48): one is told to wait, the others to ask less often.
  const early = await race(form);
  const told = (error: string) => early.filter((answer) => answer.json['error'] === error).length;
  expect([told('authorization_pending'), told('slow_down')]).toEqual([1, PARALLEL - 1]);

  const agent = createAgent(nodes.issuer);
  let page = await agent.submit(await agent.browse('/device'), 'device-continue', {
    user_code: json['user_code'] ?? '',
  });
  page = await agent.submit(page, 'device-confirm');
  page = await agent.submit(page, 'login-submit', { ...ALICE });
  await agent.submit(page, 'consent-allow');

  const answers = await race(form);

  const token = expectOneWinner(answers, { status: 400, error: 'invalid_grant' });
  await expectOneFamily(id, { token, form });
}, 60_000);

test('attack 3: one pushed request, one code', async () => {
  const { id, secret } = await createTestClient(nodes, 'web', { firstParty: true });
  const party = await relyingParty(nodes.issuer, id, secret);
  const agent = createAgent(nodes.issuer);
  await authorize(agent, (await authorizationRequest(party)).url, ALICE);
  const { url } = await authorizationRequest(party);
  const pushed = await postForm(
    `${nodes.issuer}/par`,
    Object.fromEntries(url.searchParams),
    basic(id, secret),
  );
  const target = `/auth?${new URLSearchParams({ client_id: id, request_uri: pushed.json['request_uri'] ?? '' }).toString()}`;

  const pages = await Promise.all(Array.from({ length: PARALLEL }, () => agent.open(target)));

  const codes = pages.filter((page) => page.headers.get('location')?.includes('code='));
  expect(codes).toHaveLength(1);
  expect(pages.filter(({ status }) => status >= 500)).toEqual([]);
}, 60_000);

test('attack 15: one client assertion, one success', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] };
  const { id } = await createTestClient(nodes, 'service', {
    ...READS_ORDERS,
    tokenEndpointAuthMethod: 'private_key_jwt',
    jwks,
  });
  const client_assertion = await new SignJWT({ iss: id, sub: id, aud: nodes.issuer, jti: 'j' })
    .setProtectedHeader({ alg: 'ES256' })
    .setExpirationTime('1m')
    .sign(privateKey);

  const answers = await race({
    grant_type: 'client_credentials',
    client_assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });

  expectOneWinner(answers, { status: 401, error: 'invalid_client' });
}, 60_000);
