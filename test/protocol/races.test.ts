// Single use, settled by the database: 50 parallel redemptions on two processes (attacks 8, 9, 15).
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createAgent } from '../support/agent.ts';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
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
let nodes: Nodes;

beforeAll(async () => {
  nodes = await startNodes(2, { REFRESH_GRACE_SECONDS: '0', INSECURE_NO_RATE_LIMITS: 'true' });
  await createPerson(nodes, ALICE);
  await createOrdersApi(nodes);
}, 60_000);

afterAll(() => nodes.close());

/** The same form, at once, to both nodes in turn. */
function race(form: Record<string, string>) {
  return Promise.all(
    Array.from({ length: PARALLEL }, (_, i) => {
      const node = nodes.nodes[i % nodes.nodes.length];
      if (!node) throw new Error('no node');
      return postToNode(node, nodes.issuer, { path: '/token', form });
    }),
  );
}

type Answers = Awaited<ReturnType<typeof race>>;

function expectOneWinner(answers: Answers, refusal: { status: number; error: string }) {
  const winners = answers.filter(({ status }) => status === 200);
  const others = answers.filter(({ status }) => status !== 200);
  expect(winners).toHaveLength(1);
  expect(new Set(others.map(({ status, json }) => `${status} ${json['error']}`))).toEqual(
    new Set([`${refusal.status} ${refusal.error}`]),
  );
}

test('attack 8: one authorization code, one success', async () => {
  const { id } = await createTestClient(nodes, 'spa');
  const party = await relyingParty(nodes.issuer, id);
  const request = await authorizationRequest(party);
  const callback = await authorize(createAgent(nodes.issuer), request.url, ALICE);

  const answers = await race({
    grant_type: 'authorization_code',
    client_id: id,
    code: callback.searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    code_verifier: request.verifier,
  });

  expectOneWinner(answers, { status: 400, error: 'invalid_grant' });
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
  expect(
    await nodes.services.db.protocolState.count({
      where: { clientId: id, model: 'RefreshToken', consumedAt: null },
    }),
  ).toBeLessThanOrEqual(1);
}, 60_000);

test('one device code, one success', async () => {
  const { id } = await createTestClient(nodes, 'device');
  const [node] = nodes.nodes;
  if (!node) throw new Error('no node');
  const { json } = await postToNode(node, nodes.issuer, {
    path: '/device_authorization',
    form: { client_id: id, scope: 'openid' },
  });
  const agent = createAgent(nodes.issuer);
  let page = await agent.submit(await agent.browse('/device'), 'device-continue', {
    user_code: json['user_code'] ?? '',
  });
  page = await agent.submit(page, 'device-confirm');
  page = await agent.submit(page, 'login-submit', { ...ALICE });
  await agent.submit(page, 'consent-allow');

  const answers = await race({
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    client_id: id,
    device_code: json['device_code'] ?? '',
  });

  expectOneWinner(answers, { status: 400, error: 'invalid_grant' });
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
