// Attack 45: a node is killed at each step. What it had acknowledged holds after the restart, what was used stays used.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as oidc from 'openid-client';
import { disableUser } from '../../src/identity/users/users.ts';
import { createAgent } from '../support/agent.ts';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { basic, bearer, get, postForm } from '../support/http.ts';
import { type Node, type Nodes, startNode, startNodes, stop } from '../support/nodes.ts';
import { newProofKey, proofOf } from '../support/proofs.ts';
import {
  authorizationRequest,
  callbackOf,
  redeem,
  relyingParty,
} from '../support/relying-party.ts';
import { ALICE, createPerson, MALLORY } from '../support/server.ts';
import { authorizedCode, refreshRequest, signedIn, tokenRequest } from '../support/victims.ts';

const SETTINGS = { REFRESH_GRACE_SECONDS: '30', INSECURE_NO_RATE_LIMITS: 'true' };
let nodes: Nodes;
let running: Node;

beforeAll(async () => {
  nodes = await startNodes(1, SETTINGS);
  const [node] = nodes.nodes;
  if (!node) throw new Error('no node');
  running = node;
  await createPerson(nodes, ALICE);
  await createOrdersApi(nodes);
}, 60_000);

afterAll(async () => {
  await stop(running.child, 'SIGKILL');
  await nodes.close();
});

/** kill -9, and the same again. */
async function crash() {
  await stop(running.child, 'SIGKILL');
  const { dataDir, databaseUrl, issuer } = nodes.services.config;
  running = await startNode(running.port, {
    ...SETTINGS,
    ISSUER: issuer,
    HOST: '127.0.0.1',
    NODE_ENV: 'test',
    LOG_LEVEL: 'warn',
    DATA_DIR: dataDir,
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
  });
}

const userinfo = async (token: string) =>
  (await get(`${nodes.issuer}/userinfo`, bearer(token))).status;

test('attack 45: between code and token, and between token and refresh', async () => {
  const { form, id } = await authorizedCode(nodes);
  await crash();
  const tokens = await tokenRequest(nodes, form);
  expect(tokens.status).toBe(200);
  await crash();
  const refreshed = await refreshRequest(nodes, id, tokens.json['refresh_token'] ?? '');
  expect([await userinfo(tokens.json['access_token'] ?? ''), refreshed.status]).toEqual([200, 200]);
  await crash();
  expect((await refreshRequest(nodes, id, refreshed.json['refresh_token'] ?? '')).status).toBe(200);
}, 60_000);

test('attack 45: a code that was used stays used, and using it again still ends the grant', async () => {
  const { form, id } = await authorizedCode(nodes);
  const tokens = await tokenRequest(nodes, form);
  await crash();
  expect((await tokenRequest(nodes, form)).json['error']).toBe('invalid_grant');
  await crash();
  expect((await refreshRequest(nodes, id, tokens.json['refresh_token'] ?? '')).json['error']).toBe(
    'invalid_grant',
  );
  expect(await userinfo(tokens.json['access_token'] ?? '')).toBe(401);
}, 60_000);

test('attacks 10 and 45: the reuse of a refresh token is noticed after a restart, and what it ended stays ended', async () => {
  const { id, refreshToken, accessToken } = await signedIn(nodes);
  const first = await refreshRequest(nodes, id, refreshToken);
  const second = await refreshRequest(nodes, id, first.json['refresh_token'] ?? '');
  await crash();
  expect((await refreshRequest(nodes, id, refreshToken)).json['error']).toBe('invalid_grant');
  await crash();
  expect((await refreshRequest(nodes, id, second.json['refresh_token'] ?? '')).json['error']).toBe(
    'invalid_grant',
  );
  expect(await userinfo(accessToken)).toBe(401);
}, 60_000);

test('attack 45: what was revoked, logged out or disabled stays so', async () => {
  const revoked = await signedIn(nodes, { type: 'web' });
  const left = await signedIn(nodes, { type: 'web' });
  const mallory = await createPerson(nodes, MALLORY);
  const disabled = await signedIn(nodes, { person: MALLORY });
  await postForm(
    `${nodes.issuer}/revoke`,
    { token: revoked.refreshToken },
    basic(revoked.id, revoked.secret),
  );
  const end = oidc.buildEndSessionUrl(left.party);
  await left.agent.submit(await left.agent.browse(end.href), 'logout-confirm');
  await disableUser(nodes.services, mallory.id, { type: 'system' });

  await crash();

  for (const { id, secret, refreshToken, accessToken } of [revoked, left, disabled]) {
    const form = {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      ...(!secret && { client_id: id }),
    };
    const { json } = await tokenRequest(nodes, form, secret ? basic(id, secret) : {});
    expect([json['error'], await userinfo(accessToken)]).toEqual(['invalid_grant', 401]);
  }
  const page = await left.agent.browse((await authorizationRequest(left.party)).url.href);
  expect(page.body).toContain('id="login-submit"');
}, 60_000);

test('attack 45: between the steps of signing in', async () => {
  const { id } = await createTestClient(nodes, 'spa');
  const party = await relyingParty(nodes.issuer, id);
  const request = await authorizationRequest(party);
  const agent = createAgent(nodes.issuer);
  const login = await agent.browse(request.url.href);
  await crash();
  const consent = await agent.submit(login, 'login-submit', { ...ALICE });
  await crash();
  const callback = callbackOf(await agent.submit(consent, 'consent-allow'));
  await crash();
  expect((await redeem(party, callback, request)).id_token).toEqual(expect.any(String));
  const again = await authorizationRequest(party);
  expect(callbackOf(await agent.browse(again.url.href)).searchParams.get('code')).not.toBeNull();
}, 60_000);

test('attack 45: a device that was approved gets its tokens once', async () => {
  const { id } = await createTestClient(nodes, 'device');
  const { json } = await postForm(`${nodes.issuer}/device_authorization`, {
    client_id: id,
    scope: 'openid',
  });
  const agent = createAgent(nodes.issuer);
  let page = await agent.submit(await agent.browse('/device'), 'device-continue', {
    user_code: json['user_code'] ?? '',
  });
  page = await agent.submit(page, 'device-confirm');
  page = await agent.submit(page, 'login-submit', { ...ALICE });
  await agent.submit(page, 'consent-allow');
  await crash();
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const poll = { grant_type, client_id: id, device_code: json['device_code'] ?? '' };
  expect((await tokenRequest(nodes, poll)).status).toBe(200);
  await crash();
  expect((await tokenRequest(nodes, poll)).json['error']).toBe('invalid_grant');
}, 60_000);

test('attacks 15, 16 and 45: assertions and proofs that were seen are remembered', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] };
  const { id } = await createTestClient(nodes, 'service', {
    ...READS_ORDERS,
    tokenEndpointAuthMethod: 'private_key_jwt',
    jwks,
  });
  const client_assertion = await new SignJWT({ iss: id, sub: id, aud: nodes.issuer, jti: 'once' })
    .setProtectedHeader({ alg: 'ES256' })
    .setExpirationTime('5m')
    .sign(privateKey);
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  const asserted = { grant_type: 'client_credentials', client_assertion, client_assertion_type };
  const service = await createTestClient(nodes, 'service', READS_ORDERS);
  const headers = {
    ...basic(service.id, service.secret),
    dpop: await proofOf(await newProofKey(), `${nodes.issuer}/token`),
  };
  const proven = { grant_type: 'client_credentials' };
  expect([
    (await tokenRequest(nodes, asserted)).status,
    (await tokenRequest(nodes, proven, headers)).status,
  ]).toEqual([200, 200]);

  await crash();

  expect([
    (await tokenRequest(nodes, asserted)).status,
    (await tokenRequest(nodes, proven, headers)).status,
  ]).toEqual([401, 400]);
}, 60_000);

test('attack 45: in the middle of everything, every refresh token that was answered still works', async () => {
  const families = await Promise.all(Array.from({ length: 8 }, () => signedIn(nodes)));
  const last = new Map(families.map(({ id, refreshToken }) => [id, refreshToken]));
  const load = { isOn: true };
  const chains = [...last.keys()].map(async (id) => {
    while (load.isOn) {
      const answer = await refreshRequest(nodes, id, last.get(id) ?? '').catch(() => undefined);
      const next = answer?.json['refresh_token'];
      if (answer?.status !== 200 || !next) return;
      last.set(id, next);
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 400));
  const crashed = crash();
  await Promise.all(chains);
  load.isOn = false;
  await crashed;

  for (const [id, token] of last) {
    const { status } = await refreshRequest(nodes, id, token);
    expect(status).toBe(200);
  }
}, 60_000);
