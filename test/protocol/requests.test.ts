// Pushed authorization requests (RFC 9126), DPoP (RFC 9449), CORS, metadata.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt, generateKeyPair } from 'jose';
import * as oidc from 'openid-client';
import { createAgent } from '../support/agent.ts';
import { createOrdersApi, createTestClient, ORDERS, READS_ORDERS } from '../support/clients.ts';
import { get } from '../support/http.ts';
import {
  authorizationRequest,
  authorize,
  CALLBACK,
  redeem,
  relyingParty,
} from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  await createOrdersApi(server);
});

afterAll(() => server.close());

const interactions = () =>
  server.services.db.protocolState.count({ where: { model: 'Interaction' } });

async function pushed(more = {}) {
  const { id, secret } = await createTestClient(server, 'web', more);
  const party = await relyingParty(server.issuer, id, secret);
  const request = await authorizationRequest(party);
  const parameters = Object.fromEntries(request.url.searchParams);
  delete parameters['client_id'];
  const url = await oidc.buildAuthorizationUrlWithPAR(party, parameters);
  return { party, request, url, id };
}

const codesOf = (clientId: string) =>
  server.services.db.protocolState.count({ where: { clientId, model: 'AuthorizationCode' } });

test('attack 3: a pushed request is authorized once', async () => {
  const { party, request, url, id } = await pushed({ requirePushedAuthorizationRequests: true });
  const agent = createAgent(server.issuer);
  const tokens = await redeem(party, await authorize(agent, url, ALICE), request);
  expect(tokens.id_token).toEqual(expect.any(String));
  const before = [await codesOf(id), await interactions()];

  for (const browser of [agent, createAgent(server.issuer)]) {
    const again = await browser.browse(url.href);
    expect(again.headers.get('location') ?? again.body).toContain('invalid_request_uri');
  }
  expect([await codesOf(id), await interactions()]).toEqual(before);
});

test('attack 3: another client cannot use it, and who must push cannot come without', async () => {
  const { party, request, url, id } = await pushed();
  const other = await createTestClient(server, 'web', { requirePushedAuthorizationRequests: true });
  const stolen = new URL(url);
  stolen.searchParams.set('client_id', other.id);
  const before = await interactions();
  expect((await createAgent(server.issuer).open(stolen.href)).status).toBe(400);

  const plain = await authorizationRequest(
    await relyingParty(server.issuer, other.id, other.secret),
  );
  const callback = await authorize(createAgent(server.issuer), plain.url, ALICE);
  expect(callback.searchParams.get('error')).toBe('invalid_request');
  expect([await codesOf(id), await codesOf(other.id), await interactions()]).toEqual([
    0,
    0,
    before,
  ]);
  await redeem(party, await authorize(createAgent(server.issuer), url, ALICE), request);
});

test('the request_uri is not at rest in clear', async () => {
  const { url, id } = await pushed();
  const uri = url.searchParams.get('request_uri') ?? '';
  const rows = JSON.stringify(
    await server.services.db.protocolState.findMany({ where: { clientId: id } }),
  );
  expect(rows).not.toContain(uri.split(':').at(-1));
});

test('a DPoP-bound token carries its key, and its refresh token needs the key', async () => {
  const { id } = await createTestClient(server, 'spa', READS_ORDERS);
  const party = await relyingParty(server.issuer, id);
  const handle = oidc.getDPoPHandle(party, await generateKeyPair('ES256'));
  const request = await authorizationRequest(party, { scope: 'openid orders:read' });
  const callback = await authorize(createAgent(server.issuer), request.url, ALICE);

  const tokens = await oidc.authorizationCodeGrant(
    party,
    callback,
    {
      pkceCodeVerifier: request.verifier,
      expectedState: request.state,
      expectedNonce: request.nonce,
    },
    {},
    { DPoP: handle },
  );

  expect(tokens.token_type).toBe('dpop');
  expect(decodeJwt(tokens.access_token)).toMatchObject({
    aud: ORDERS,
    cnf: { jkt: expect.any(String) },
  });
  await expect(oidc.refreshTokenGrant(party, tokens.refresh_token ?? '')).rejects.toMatchObject({
    error: 'invalid_grant',
  });
  const other = oidc.getDPoPHandle(party, await generateKeyPair('ES256'));
  await expect(
    oidc.refreshTokenGrant(party, tokens.refresh_token ?? '', {}, { DPoP: other }),
  ).rejects.toMatchObject({ error: 'invalid_grant' });
  expect(
    (await oidc.refreshTokenGrant(party, tokens.refresh_token ?? '', {}, { DPoP: handle }))
      .token_type,
  ).toBe('dpop');
});

test('attack 36: only a public client’s own origins may call from a browser', async () => {
  const { id } = await createTestClient(server, 'spa');
  const call = (origin: string) =>
    fetch(`${server.issuer}/token`, {
      method: 'POST',
      headers: { origin },
      body: new URLSearchParams({ grant_type: 'refresh_token', client_id: id, refresh_token: 'x' }),
    });

  const own = await call(new URL(CALLBACK).origin);
  expect(own.headers.get('access-control-allow-origin')).toBe(new URL(CALLBACK).origin);
  for (const origin of ['https://evil.example', 'null', 'https://app.example.com.evil.example']) {
    const refused = await call(origin);
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    expect(refused.headers.get('access-control-allow-credentials')).toBeNull();
  }
});

test('metadata at both well-known paths, cacheable, with an ETag', async () => {
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    const url = `${server.issuer}/.well-known/${name}`;
    const { json, headers } = await get(url);
    expect(json).toMatchObject({
      issuer: server.issuer,
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'form_post'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
    expect(headers.get('cache-control')).toContain('max-age=');
    const again = await get(url, {
      'if-none-match': headers.get('etag') ?? '',
      'cache-control': 'max-age=0',
    });
    expect(again.status).toBe(304);
  }
});

test('no algorithm with a shared key is on offer anywhere', async () => {
  const { text } = await get(`${server.issuer}/.well-known/openid-configuration`);
  expect(text).not.toMatch(/HS\d{3}|"none"\s*,\s*"HS/);
});
