// Attack 16: proofs of possession (RFC 9449) that are stolen, stale, for something else, or no proofs; on two nodes.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { bearer, get } from '../support/http.ts';
import { type Nodes, postToNode, startNodes } from '../support/nodes.ts';
import { forgedToken, hashOf, newProofKey, type ProofKey, proofOf } from '../support/proofs.ts';
import { ALICE, createPerson } from '../support/server.ts';
import { authorizedCode, tokenRequest } from '../support/victims.ts';

let nodes: Nodes;
let key: ProofKey;

beforeAll(async () => {
  nodes = await startNodes(2);
  await createPerson(nodes, ALICE);
  await createOrdersApi(nodes);
  key = await newProofKey();
}, 60_000);

afterAll(() => nodes.close());

const endpoint = () => `${nodes.issuer}/token`;

/** Redeems a code of its own with that proof. */
async function redeem(proof: string, authorized?: Awaited<ReturnType<typeof authorizedCode>>) {
  const { form, id } = authorized ?? (await authorizedCode(nodes));
  return { id, form, ...(await tokenRequest(nodes, form, { dpop: proof })) };
}

const issued = (clientId: string) =>
  nodes.services.db.protocolState.count({
    where: { clientId, model: { in: ['AccessToken', 'RefreshToken'] } },
  });

const minutes = (count: number) => Math.floor(Date.now() / 1000) + count * 60;

test('attack 16: the right proof gives a token that is bound to its key', async () => {
  const { status, json } = await redeem(await proofOf(key, endpoint()));
  expect([status, json['token_type']]).toEqual([200, 'DPoP']);
});

describe('attack 16: a proof that is not for this request, not of now, or not a proof', () => {
  const BAD: Record<string, () => Promise<string> | string> = {
    'for another URL': () => proofOf(key, 'https://evil.example/token'),
    'for another endpoint': () => proofOf(key, `${nodes.issuer}/par`),
    'for the right host as a prefix': () => proofOf(key, `${nodes.issuer}.evil.example/token`),
    'for the other node': () => proofOf(key, `http://127.0.0.1:${nodes.nodes[1]?.port}/token`),
    'for another method': () => proofOf(key, endpoint(), { claims: { htm: 'GET' } }),
    'for a method in lower case': () => proofOf(key, endpoint(), { claims: { htm: 'post' } }),
    'ten minutes old': () => proofOf(key, endpoint(), { claims: { iat: minutes(-10) } }),
    'ten minutes early': () => proofOf(key, endpoint(), { claims: { iat: minutes(10) } }),
    'without iat': () => proofOf(key, endpoint(), { claims: { iat: undefined } }),
    'without jti': () => proofOf(key, endpoint(), { claims: { jti: undefined } }),
    'with a nonce that we never gave': () =>
      proofOf(key, endpoint(), { claims: { nonce: 'x'.repeat(43) } }),
    'of another type': () => proofOf(key, endpoint(), { header: { typ: 'JWT' } }),
    'with another key in its header': async () =>
      proofOf(key, endpoint(), { header: { jwk: (await newProofKey()).jwk } }),
    'with a private key in its header': async () => {
      const { privateKey } = await generateKeyPair('ES256', { extractable: true });
      return proofOf({ privateKey, jwk: await exportJWK(privateKey) }, endpoint());
    },
    'with a symmetric key in its header': () =>
      proofOf(key, endpoint(), { header: { jwk: { kty: 'oct', k: 'AAAA' } } }),
    'without a key': () => proofOf(key, endpoint(), { header: { jwk: undefined } }),
    unsigned: () =>
      forgedToken(
        { alg: 'none', typ: 'dpop+jwt', jwk: key.jwk },
        { htm: 'POST', htu: endpoint(), iat: minutes(0), jti: 'x' },
      ),
    'that is no token': () => 'x.y.z',
    'sent twice': async () =>
      `${await proofOf(key, endpoint())}, ${await proofOf(key, endpoint())}`,
  };

  test.each(Object.entries(BAD))('attack 16: %s', async (_, make) => {
    const { status, json, id } = await redeem(await make());
    expect([status, json['access_token']]).toEqual([400, undefined]);
    expect(json['error']).toMatch(/^(invalid_dpop_proof|use_dpop_nonce)$/);
    expect(await issued(id)).toBe(0);
  });
});

test('attack 16: a proof counts once, on whichever node', async () => {
  const service = await createTestClient(nodes, 'service', READS_ORDERS);
  const proof = await proofOf(key, endpoint());
  const form = {
    grant_type: 'client_credentials',
    client_id: service.id,
    client_secret: service.secret,
  };

  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => {
      const node = nodes.nodes[i % 2];
      if (!node) throw new Error('no node');
      return postToNode(node, nodes.issuer, { path: '/token', form, headers: { dpop: proof } });
    }),
  );

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status >= 500)).toHaveLength(0);
}, 60_000);

describe('attack 16: a stolen token without its key', () => {
  async function bound() {
    const { json, id } = await redeem(await proofOf(key, endpoint()));
    return { id, access: json['access_token'] ?? '', refresh: json['refresh_token'] ?? '' };
  }

  test('attack 16: userinfo wants the scheme, the key and the hash of this very token', async () => {
    const { access } = await bound();
    const stranger = await newProofKey();
    const url = `${nodes.issuer}/userinfo`;
    const ask = async (proofKey: ProofKey, claims: Record<string, unknown>) => {
      const dpop = await proofOf(proofKey, url, { claims: { htm: 'GET', ...claims } });
      return (await get(url, { authorization: `DPoP ${access}`, dpop })).status;
    };

    expect((await get(url, bearer(access))).status).toBe(401);
    expect((await get(url, { authorization: `DPoP ${access}` })).status).toBe(400);
    expect(await ask(stranger, { ath: hashOf(access) })).toBe(401);
    expect(await ask(key, {})).toBe(401);
    expect(await ask(key, { ath: hashOf(`${access}x`) })).toBe(401);
    expect(await ask(key, { ath: hashOf(access), htm: 'POST' })).toBe(401);
    expect(await ask(key, { ath: hashOf(access) })).toBe(200);
  });

  test('attack 16: a proof for userinfo counts once too', async () => {
    const { access } = await bound();
    const url = `${nodes.issuer}/userinfo`;
    const dpop = await proofOf(key, url, { claims: { htm: 'GET', ath: hashOf(access) } });
    const headers = { authorization: `DPoP ${access}`, dpop };
    expect([(await get(url, headers)).status, (await get(url, headers)).status]).toEqual([
      200, 401,
    ]);
  });

  test('attack 11: the refresh token of a public client is bound to the key', async () => {
    const { refresh, id } = await bound();
    const form = { grant_type: 'refresh_token', client_id: id, refresh_token: refresh };
    const stranger = await newProofKey();

    expect((await tokenRequest(nodes, form)).status).toBe(400);
    expect(
      (await tokenRequest(nodes, form, { dpop: await proofOf(stranger, endpoint()) })).status,
    ).toBe(400);
    expect((await tokenRequest(nodes, form, { dpop: await proofOf(key, endpoint()) })).status).toBe(
      200,
    );
  });

  test('attack 16: a code that was asked for with a key is redeemed with that key alone', async () => {
    const stranger = await newProofKey();
    const dpop_jkt = await calculateJwkThumbprint(key.jwk);
    const ask = () => authorizedCode(nodes, { parameters: { dpop_jkt } });

    expect((await redeem(await proofOf(stranger, endpoint()), await ask())).status).toBe(400);
    const without = await ask();
    expect((await tokenRequest(nodes, without.form)).status).toBe(400);
    expect((await redeem(await proofOf(key, endpoint()), await ask())).status).toBe(200);
  });
});
