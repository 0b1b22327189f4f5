// Attacks on what the application is answered: PKCE (4), mix-up (5), silent requests (6).
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { loadKeySet } from '../../src/protocol/keys/signing-keys.ts';
import { createAgent, locationOf } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { basic } from '../support/http.ts';
import {
  authorizationRequest,
  authorize,
  CALLBACK,
  callbackOf,
  relyingParty,
  signInAndFetchTokens,
} from '../support/relying-party.ts';
import { ALICE, createPerson, MALLORY, startServer, type TestServer } from '../support/server.ts';
import { authorizedCode, signedIn, tokenRequest } from '../support/victims.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  await createPerson(server, MALLORY);
});

afterAll(() => server.close());

describe('attack 4: PKCE', () => {
  async function answerTo(
    change: (parameters: URLSearchParams) => void,
    type: 'web' | 'spa' = 'spa',
    client = {},
  ) {
    const { id, secret } = await createTestClient(server, type, client);
    const { url } = await authorizationRequest(
      await relyingParty(server.issuer, id, secret || undefined),
    );
    change(url.searchParams);
    return callbackOf(await createAgent(server.issuer).browse(url.href)).searchParams;
  }

  test('attack 4: no challenge, the plain method, no method or an unknown one are refused', async () => {
    const without = (parameters: URLSearchParams) => {
      parameters.delete('code_challenge');
      parameters.delete('code_challenge_method');
    };
    const answers = [
      await answerTo(without),
      await answerTo(without, 'web'),
      await answerTo(without, 'spa', { requirePkce: false }),
      await answerTo((parameters) => parameters.set('code_challenge_method', 'plain')),
      await answerTo((parameters) => parameters.delete('code_challenge_method')),
      await answerTo((parameters) => parameters.set('code_challenge_method', 's256')),
      await answerTo((parameters) => parameters.set('code_challenge', '')),
    ];
    for (const answer of answers) {
      expect([answer.get('error'), answer.get('code')]).toEqual(['invalid_request', null]);
    }
  });

  const codes = (clientId: string) =>
    server.services.db.protocolState.count({ where: { clientId, model: 'AuthorizationCode' } });

  test.each([
    ['a wrong verifier', { code_verifier: 'x'.repeat(43) }],
    ['the challenge itself', { code_verifier: 'challenge' }],
    ['an empty verifier', { code_verifier: '' }],
  ])('attack 4: %s burns the code: there is no second guess', async (_, guess) => {
    const { id, form, request } = await authorizedCode(server);
    const challenge = request.url.searchParams.get('code_challenge') ?? '';
    const code_verifier = guess.code_verifier === 'challenge' ? challenge : guess.code_verifier;

    const wrong = await tokenRequest(server, { ...form, code_verifier });
    const right = await tokenRequest(server, form);

    expect([wrong.status, wrong.json['error']]).toEqual([400, 'invalid_grant']);
    expect([right.status, right.json['error']]).toEqual([400, 'invalid_grant']);
    expect(await codes(id)).toBe(0);
  });

  test('attack 4: a missing verifier burns the code too', async () => {
    const { id, form } = await authorizedCode(server);
    const { code_verifier: _, ...without } = form;
    expect((await tokenRequest(server, without)).json['error']).toBe('invalid_grant');
    expect((await tokenRequest(server, form)).json['error']).toBe('invalid_grant');
    expect(await codes(id)).toBe(0);
  });

  test('attack 4: guesses in parallel are no way around it', async () => {
    const { form } = await authorizedCode(server);
    const guesses = Array.from({ length: 10 }, (_, i) =>
      tokenRequest(server, { ...form, code_verifier: `${i}`.repeat(43) }),
    );
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(
      new Set([400]),
    );
    expect((await tokenRequest(server, form)).status).toBe(400);
  });

  test('attack 4: a wrong verifier for a code that was used does not hide that it was used twice', async () => {
    const { form, id } = await authorizedCode(server);
    expect((await tokenRequest(server, form)).status).toBe(200);

    expect((await tokenRequest(server, { ...form, code_verifier: 'x'.repeat(43) })).status).toBe(
      400,
    );
    expect(await codes(id)).toBe(1);
    expect((await tokenRequest(server, form)).status).toBe(400);
    expect(await server.services.db.grant.count({ where: { clientId: id } })).toBe(0);
  });

  test('attack 4: a verifier for a code that was made without a challenge is refused', async () => {
    const { id, secret } = await createTestClient(server, 'web', { requirePkce: false });
    const { url, verifier } = await authorizationRequest(
      await relyingParty(server.issuer, id, secret),
    );
    url.searchParams.delete('code_challenge');
    url.searchParams.delete('code_challenge_method');
    const code =
      (await authorize(createAgent(server.issuer), url, ALICE)).searchParams.get('code') ?? '';
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: verifier,
    };
    expect((await tokenRequest(server, form, basic(id, secret))).json['error']).toBe(
      'invalid_grant',
    );
  });
});

test('attack 5: every answer says who gave it, codes and errors, by query and form', async () => {
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const party = await relyingParty(server.issuer, id);
  const agent = createAgent(server.issuer);
  const ask = async (parameters: Record<string, string>) =>
    agent.browse((await authorizationRequest(party, parameters)).url.href);

  const refused = callbackOf(await ask({ prompt: 'none' })).searchParams;
  expect([refused.get('error'), refused.get('iss')]).toEqual(['login_required', server.issuer]);
  const invalid = callbackOf(await ask({ scope: 'orders:everything openid' })).searchParams;
  expect([invalid.get('error'), invalid.get('iss')]).toEqual(['invalid_scope', server.issuer]);
  await authorize(agent, (await authorizationRequest(party)).url, ALICE);
  const granted = callbackOf(await ask({})).searchParams;
  expect([granted.get('code'), granted.get('iss')]).toEqual([expect.any(String), server.issuer]);
  expect((await ask({ response_mode: 'form_post' })).body).toContain(
    `name="iss" value="${server.issuer}"`,
  );
  expect((await ask({ response_mode: 'form_post', prompt: 'unheard-of' })).body).toContain(
    `name="iss" value="${server.issuer}"`,
  );
});

describe('attack 6: what silent requests give away', () => {
  const silent = { prompt: 'none' };

  async function silently(parameters: Record<string, string>, agent = createAgent(server.issuer)) {
    const { id } = await createTestClient(server, 'spa');
    const { url } = await authorizationRequest(await relyingParty(server.issuer, id), parameters);
    return callbackOf(await agent.open(url.href)).searchParams;
  }

  test('attack 6: without a session or a consent it is an error, and no page', async () => {
    const { agent } = await signedIn(server);
    const errors = [
      await silently(silent),
      await silently(silent, agent),
      await silently({ prompt: 'none login' }, agent),
    ];
    expect(errors.map((one) => one.get('error'))).toEqual([
      'login_required',
      'consent_required',
      'invalid_request',
    ]);
    expect(errors.map((one) => one.get('code'))).toEqual([null, null, null]);
  });

  test('attack 6: a hint at another person, an unsigned one or a forged one gives no code', async () => {
    const mallory = await signedIn(server, { person: MALLORY });
    const { id, agent, party, idToken } = await signedIn(server);
    const claims = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
    const unsigned = new UnsecuredJWT(claims).encode();
    const [head, , signature] = idToken.split('.');
    const forged = [
      head,
      Buffer.from(JSON.stringify({ ...claims, sub: 'x' })).toString('base64url'),
      signature,
    ].join('.');
    const ask = async (id_token_hint: string) => {
      const { url } = await authorizationRequest(party, { ...silent, id_token_hint });
      return callbackOf(await agent.open(url.href)).searchParams;
    };

    expect((await ask(idToken)).get('code')).toEqual(expect.any(String));
    for (const hint of [mallory.idToken, unsigned, forged, `${idToken}x`, 'x']) {
      const answer = await ask(hint);
      expect(answer.get('error')).toMatch(/^(invalid_request|login_required)$/);
      expect(answer.get('code')).toBeNull();
    }
    const other = await relyingParty(server.issuer, id);
    const mine = await signInAndFetchTokens(other, MALLORY);
    expect((await ask(mine.tokens.id_token ?? '')).get('error')).toBe('login_required');
  });

  test('attack 6: a hint that has expired says who is meant, and no more than one that has not', async () => {
    const { agent, party, idToken } = await signedIn(server);
    const mallory = await signInAndFetchTokens(party, MALLORY);
    const expired = async (jwt: string) => {
      const [current] = await loadKeySet(server.services);
      const { alg = '', kid = '' } = current ?? {};
      const key = await importJWK({ ...current }, alg);
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ ...decodeJwt(jwt), iat: now - 7200, exp: now - 3600 })
        .setProtectedHeader({ alg, kid })
        .sign(key);
    };
    const ask = async (id_token_hint: string, who = agent) => {
      const { url } = await authorizationRequest(party, { ...silent, id_token_hint });
      const { searchParams } = callbackOf(await who.open(url.href));
      return [searchParams.get('error'), searchParams.get('code')];
    };

    expect(await ask(await expired(idToken))).toEqual([null, expect.any(String)]);
    expect(await ask(await expired(mallory.tokens.id_token ?? ''))).toEqual([
      'login_required',
      null,
    ]);
    expect(await ask(await expired(idToken), mallory.agent)).toEqual(['login_required', null]);
    expect(await ask(await expired(idToken), createAgent(server.issuer))).toEqual([
      'login_required',
      null,
    ]);
  });

  test('attack 6: max_age asks for the password again, and cannot be talked down', async () => {
    const { agent, party } = await signedIn(server);
    const { db } = server.services;
    await db.session.updateMany({ data: { loginAt: new Date(Date.now() - 3_600_000) } });
    const ask = async (max_age: string) =>
      agent.browse((await authorizationRequest(party, { max_age })).url.href);

    expect((await ask('60')).body).toContain('id="login-submit"');
    expect((await ask('0')).body).toContain('id="login-submit"');
    expect(callbackOf(await ask('7200')).searchParams.get('code')).toEqual(expect.any(String));
    for (const odd of ['-1', 'never', '60 ', '']) {
      const page = await ask(odd);
      expect([odd, locationOf(page)?.includes('code=') ?? false]).toEqual([odd, odd === '']);
    }
    const { url } = await authorizationRequest(party, { max_age: '60', ...silent });
    expect(callbackOf(await agent.open(url.href)).searchParams.get('error')).toBe('login_required');
  });
});
