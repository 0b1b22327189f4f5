// Attacks 14 and 15: forged and borrowed tokens at every place that takes one: client assertions, ID token hints,
// bearer tokens. (Proofs of possession: dpop.test.ts.)
import { createHmac, createPublicKey } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  CompactEncrypt,
  CompactSign,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { basic, bearer, get, postForm } from '../support/http.ts';
import { forgedToken } from '../support/proofs.ts';
import { authorizationRequest, callbackOf } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

const BYE = 'https://app.example.com/bye';
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
let server: TestServer;
let bait: Server;
let baited = 0;

beforeAll(async () => {
  bait = createServer((_, response) => {
    baited++;
    response.end('{"keys":[]}');
  });
  await new Promise<void>((resolve) => bait.listen(0, '127.0.0.1', resolve));
  server = await startServer({
    INSECURE_PRIVATE_ADDRESSES: 'true',
    INSECURE_NO_RATE_LIMITS: 'true',
  });
  await createPerson(server, ALICE);
  await createOrdersApi(server);
});

afterAll(async () => {
  await server.close();
  await new Promise((resolve) => bait.close(resolve));
});

interface Genuine {
  /** What the verifier trusts. */
  publicJwk: JWK;
  claims: JWTPayload;
}

const hs256 = (key: string | Buffer) => (input: string) =>
  createHmac('sha256', key).update(input).digest();

/** Tokens with the right claims that nobody has signed who may. */
async function forgeries({ publicJwk, claims }: Genuine): Promise<Record<string, string>> {
  const { kid = 'k', alg = 'ES256' } = publicJwk;
  const pem = createPublicKey({ key: { ...publicJwk }, format: 'jwk' }).export({
    type: 'spki',
    format: 'pem',
  });
  const mine = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(mine.publicKey);
  const url = `http://127.0.0.1:${(bait.address() as AddressInfo).port}/keys`;
  const signed = (header: Record<string, unknown>) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'ES256', ...header }).sign(mine.privateKey);
  const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 1000 })
    .encrypt(Buffer.from('password'));
  const [, ...rest] = jwe.split('.');
  const bomb = Buffer.from(
    '{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2s":"AAAA","p2c":2147483647}',
  ).toString('base64url');

  return {
    'HS256 with the public key as PEM': forgedToken({ alg: 'HS256', kid }, claims, hs256(pem)),
    'HS256 with the public key as JSON': forgedToken(
      { alg: 'HS256', kid },
      claims,
      hs256(JSON.stringify(publicJwk)),
    ),
    'HS256 with nothing': forgedToken({ alg: 'HS256' }, claims, (input) =>
      createHmac('sha256', '').update(input).digest(),
    ),
    'HS256 with what stands for a secret': forgedToken(
      { alg: 'HS256' },
      claims,
      hs256('kept-as-hashes'),
    ),
    none: forgedToken({ alg: 'none' }, claims),
    None: forgedToken({ alg: 'None', kid }, claims),
    'no algorithm': forgedToken({ kid }, claims),
    'a signature of zeros': forgedToken({ alg, kid }, claims, () => Buffer.alloc(64)),
    'no signature': forgedToken({ alg, kid }, claims),
    'another key under the right name': await signed({ kid }),
    'another key, brought along': await signed({ jwk, kid }),
    'a key at an address': await signed({ jku: url, kid }),
    'a certificate at an address': await signed({ x5u: url, kid }),
    'a kid that is a path': forgedToken(
      { alg: 'HS256', kid: '../../../../dev/null' },
      claims,
      hs256(Buffer.alloc(1)),
    ),
    'a kid that is SQL': await signed({ kid: "x' UNION SELECT 'AAAA" }),
    'a kid of odd type': forgedToken({ alg, kid: { $ne: null } }, claims, () => Buffer.alloc(64)),
    'an unknown critical header': forgedToken({ alg, kid, crit: ['x'], x: true }, claims, () =>
      Buffer.alloc(64),
    ),
    'an encrypted token': jwe,
    'an encrypted token that takes a year to open': [bomb, ...rest].join('.'),
  };
}

const seconds = (from = 0) => Math.floor(Date.now() / 1000) + from;

async function assertingClient(alg: 'ES256' | 'RS256' | 'PS256' = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), alg, use: 'sig', kid: 'k1' };
  const { id } = await createTestClient(server, 'service', {
    ...READS_ORDERS,
    tokenEndpointAuthMethod: 'private_key_jwt',
    jwks: { keys: [publicJwk] },
  });
  let count = 0;
  const claims = (more: JWTPayload = {}): JWTPayload => ({
    iss: id,
    sub: id,
    aud: server.issuer,
    jti: `${id}${count++}`,
    exp: seconds(60),
    ...more,
  });
  const sign = (more: JWTPayload = {}, header: Record<string, unknown> = {}) =>
    new SignJWT(claims(more)).setProtectedHeader({ alg, kid: 'k1', ...header }).sign(privateKey);
  return { id, publicJwk, privateKey, claims, sign };
}

const assertAt = (path: string, client_assertion: string, form: Record<string, string>) =>
  postForm(`${server.issuer}${path}`, { ...form, client_assertion, client_assertion_type: TYPE });

const FORMS: Record<string, Record<string, string>> = {
  '/token': { grant_type: 'client_credentials' },
  '/introspect': { token: 'x' },
  '/revoke': { token: 'x' },
  '/par': { response_type: 'code' },
};

describe('attack 14: forged client assertions', () => {
  test.each(Object.entries(FORMS))('attack 14: at %s', async (path, form) => {
    const client = await assertingClient();
    const { text } = await assertAt(path, await client.sign(), form);
    expect(text).not.toContain('invalid_client'); // the genuine one is let in

    for (const [how, assertion] of Object.entries(
      await forgeries({ publicJwk: client.publicJwk, claims: client.claims() }),
    )) {
      const { text: answer } = await assertAt(path, assertion, { ...form, client_id: client.id });
      expect([how, answer]).toEqual([
        how,
        expect.stringMatching(/invalid_client"|client_assertion/),
      ]);
    }
  });

  test.each([
    ['RS256', 'PS256'],
    ['PS256', 'RS256'],
  ] as const)('attack 14: %s is not %s for a key that says what it is', async (alg, other) => {
    const client = await assertingClient(alg);
    const form = FORMS['/token'] ?? {};
    expect((await assertAt('/token', await client.sign(), form)).status).toBe(200);
    const jwk = await exportJWK(client.privateKey);
    const sameKey = await importJWK({ ...jwk, alg: other }, other);

    for (const header of [{ alg: other, kid: 'k1' }, { alg: other }]) {
      const assertion = await new SignJWT(client.claims()).setProtectedHeader(header).sign(sameKey);
      const { status, json } = await assertAt('/token', assertion, form);
      expect([status, json['error']]).toEqual([401, 'invalid_client']);
    }
    const tokens = { clientId: client.id, model: 'ClientCredentials' };
    expect(await server.services.db.protocolState.count({ where: tokens })).toBe(0);
  });

  test('attack 14: a client with a secret cannot sign with it, nor with its hash', async () => {
    const { id, secret } = await createTestClient(server, 'service', READS_ORDERS);
    const row = await server.services.db.clientSecret.findFirstOrThrow({ where: { clientId: id } });
    const claims = { iss: id, sub: id, aud: server.issuer, jti: 'j', exp: seconds(60) };
    for (const key of [secret, row.secretHash, 'kept-as-hashes']) {
      const assertion = forgedToken({ alg: 'HS256' }, claims, hs256(key));
      expect(
        (await assertAt('/token', assertion, { grant_type: 'client_credentials', client_id: id }))
          .status,
      ).toBe(401);
    }
  });
});

describe('attack 15: client assertions that are signed, but not for this', () => {
  const WRONG: Record<string, (issuer: string) => JWTPayload> = {
    'another server': () => ({ aud: 'https://evil.example' }),
    'the token endpoint instead of the issuer': (issuer) => ({ aud: `${issuer}/token` }),
    'the issuer among others': (issuer) => ({ aud: [issuer, 'https://evil.example'] }),
    'a list of the issuer alone': (issuer) => ({ aud: [issuer] }),
    'the issuer with a slash': (issuer) => ({ aud: `${issuer}/` }),
    'no audience': () => ({ aud: undefined as never }),
    'another subject': () => ({ sub: 'somebody' }),
    'another issuer': () => ({ iss: 'somebody' }),
    'no jti': () => ({ jti: undefined as never }),
    'no end': () => ({ exp: undefined as never }),
    'an end in a year': () => ({ exp: seconds(365 * 86_400) }),
    'an end long ago': () => ({ exp: seconds(-60) }),
    'an end that is a text': () => ({ exp: '9999999999' as never }),
    'a start in an hour': () => ({ nbf: seconds(3600) }),
  };

  test.each(Object.entries(WRONG))('attack 15: %s', async (_, more) => {
    const client = await assertingClient();
    const assertion = forgedOrSigned(client, more(server.issuer));
    const { status, json } = await assertAt('/token', await assertion, FORMS['/token'] ?? {});
    expect([status, json['access_token']]).toEqual([401, undefined]);
  });

  // SignJWT insists on well-typed claims; the odd ones are signed as they are.
  async function forgedOrSigned(
    client: Awaited<ReturnType<typeof assertingClient>>,
    more: JWTPayload,
  ) {
    return new CompactSign(Buffer.from(JSON.stringify(client.claims(more))))
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(client.privateKey);
  }

  test('attack 15: one jti counts once, at every endpoint together', async () => {
    const client = await assertingClient();
    const assertion = await client.sign();
    expect((await assertAt('/token', assertion, FORMS['/token'] ?? {})).status).toBe(200);
    for (const [path, form] of Object.entries(FORMS))
      expect((await assertAt(path, assertion, form)).status).toBe(401);
  });

  test('attack 15: an assertion sent under another host is no longer for us', async () => {
    const client = await assertingClient();
    const assertion = await client.sign({ aud: 'http://evil.example' });
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion: assertion,
      client_assertion_type: TYPE,
    });
    const answer = await fetch(`${server.issuer}/token`, {
      method: 'POST',
      body,
      headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
    });
    expect(answer.status).toBe(401);
  });
});

describe('attack 14: forged ID token hints and bearer tokens', () => {
  async function world() {
    const victim = await signedIn(server, {
      type: 'web',
      client: { firstParty: true, postLogoutRedirectUris: [BYE] },
    });
    const { keys } = (await get(`${server.issuer}/jwks`)).json as unknown as { keys: JWK[] };
    const [head, body] = victim.idToken
      .split('.')
      .map((text) => Buffer.from(text, 'base64url').toString());
    const { kid } = JSON.parse(head ?? '');
    const publicJwk = keys.find((key) => key.kid === kid);
    if (!publicJwk) throw new Error('no such key');
    const claims = JSON.parse(body ?? '');
    return { ...victim, claims, forged: await forgeries({ publicJwk, claims }) };
  }

  test('attack 14: at the authorization endpoint', async () => {
    const { agent, party, forged, idToken } = await world();
    const ask = async (id_token_hint: string) =>
      callbackOf(
        await agent.open(
          (await authorizationRequest(party, { prompt: 'none', id_token_hint })).url.href,
        ),
      ).searchParams;

    expect((await ask(idToken)).get('code')).toEqual(expect.any(String));
    for (const [how, hint] of Object.entries(forged)) {
      const answer = await ask(hint);
      expect([how, answer.get('code'), answer.get('error')]).toEqual([
        how,
        null,
        'invalid_request',
      ]);
    }
  });

  test('attack 14: at logout', async () => {
    const { agent, forged, accessToken } = await world();
    for (const [how, hint] of Object.entries(forged)) {
      const query = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: BYE });
      const page = await agent.open(`/logout?${query.toString()}`);
      expect([how, page.status, page.headers.get('location')]).toEqual([how, 400, null]);
    }
    expect((await get(`${server.issuer}/userinfo`, bearer(accessToken))).status).toBe(200);
  });

  test('attack 14: as access tokens', async () => {
    const { forged, idToken, id, secret } = await world();
    for (const [how, token] of Object.entries({ ...forged, 'the ID token': idToken })) {
      const { status } = await get(`${server.issuer}/userinfo`, bearer(token));
      const { json } = await postForm(`${server.issuer}/introspect`, { token }, basic(id, secret));
      expect([how, status, json['active'] ?? false]).toEqual([how, 401, false]);
    }
  });
});

test('attack 14: no key was ever fetched from where a token said', () => {
  expect(baited).toBe(0);
});
