// Attacks on where the browser is sent, and on what is in the answer: 1 to 6 of the catalogue in SECURITY.md.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { UnsecuredJWT } from 'jose';
import * as oidc from 'openid-client';
import { createAgent, locationOf } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { basic, postForm } from '../support/http.ts';
import {
  authorizationRequest,
  authorize,
  CALLBACK,
  callbackOf,
  redeem,
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

const interactions = () =>
  server.services.db.protocolState.count({ where: { model: 'Interaction' } });

describe('attack 1: a redirect URI that is not exactly the registered one', () => {
  const VARIANTS = {
    'user information': 'https://app.example.com@evil.example/callback',
    'user information before the right host': 'https://evil@app.example.com/callback',
    'a path parameter': 'https://app.example.com/callback/..;/evil',
    'dot segments': 'https://app.example.com/callback/../callback',
    'encoded dot segments': 'https://app.example.com/%2e%2e/callback',
    'an encoded letter': 'https://app.example.com/%63allback',
    backslashes: 'https:\\\\app.example.com\\callback',
    'a backslash before the host': 'https://evil.example\\@app.example.com/callback',
    'a dot after the host': 'https://app.example.com./callback',
    'a slash at the end': 'https://app.example.com/callback/',
    'a doubled slash': 'https://app.example.com//callback',
    'a missing path': 'https://app.example.com',
    'upper case in the path': 'https://app.example.com/Callback',
    'upper case in the host': 'https://APP.example.com/callback',
    'upper case in the scheme': 'HTTPS://app.example.com/callback',
    'the default port': 'https://app.example.com:443/callback',
    'another port': 'https://app.example.com:8443/callback',
    http: 'http://app.example.com/callback',
    'a fragment': 'https://app.example.com/callback#evil',
    'an empty fragment': 'https://app.example.com/callback#',
    'a query': 'https://app.example.com/callback?next=https://evil.example',
    'an empty query': 'https://app.example.com/callback?',
    'a host that looks alike': 'https://аpp.example.com/callback',
    'a full-width dot': 'https://app。example.com/callback',
    'a host that begins alike': 'https://app.example.com.evil.example/callback',
    'a host that ends alike': 'https://evil-app.example.com/callback',
    IPv6: 'https://[::1]/callback',
    'a script': 'javascript:alert(document.domain)//https://app.example.com/callback',
    'a data page': 'data:text/html,<script>alert(1)</script>',
    'no scheme': '//app.example.com/callback',
    'a path alone': '/callback',
    'white space before': ' https://app.example.com/callback',
    'a line break after': 'https://app.example.com/callback\n',
    'a NUL after': 'https://app.example.com/callback\0',
    'two of them in one': 'https://app.example.com/callback https://evil.example/',
    nothing: '',
  };

  test.each(Object.entries(VARIANTS))('attack 1: %s', async (_, redirect_uri) => {
    const { id, secret } = await createTestClient(server, 'web');
    const party = await relyingParty(server.issuer, id, secret);
    const { url } = await authorizationRequest(party);
    url.searchParams.set('redirect_uri', redirect_uri);
    const before = await interactions();

    const page = await createAgent(server.issuer).open(url.href);

    expect(page.status).toBe(400);
    expect(page.headers.get('location')).toBeNull();
    expect(page.body).not.toContain('<script');
    expect(await interactions()).toBe(before);
  });

  test('attack 1: given twice, the right one first or last', async () => {
    const { id, secret } = await createTestClient(server, 'web');
    const { url } = await authorizationRequest(await relyingParty(server.issuer, id, secret));
    const right = `${url.href}&redirect_uri=${encodeURIComponent('https://evil.example/')}`;
    const wrong = right
      .replace('redirect_uri=', 'x=')
      .concat(`&redirect_uri=${encodeURIComponent(CALLBACK)}&redirect_uri=x`);
    const before = await interactions();

    for (const href of [right, wrong]) {
      const page = await createAgent(server.issuer).open(href);
      expect([page.status, page.headers.get('location')]).toEqual([400, null]);
    }
    expect(await interactions()).toBe(before);
  });

  test('attack 1: missing, although only one is registered', async () => {
    const { id, secret } = await createTestClient(server, 'web');
    const { url } = await authorizationRequest(await relyingParty(server.issuer, id, secret));
    url.searchParams.delete('redirect_uri');

    const page = await createAgent(server.issuer).open(url.href);

    expect([page.status, page.headers.get('location')]).toEqual([400, null]);
  });

  test('attack 1: a pushed request is held to the same', async () => {
    const { id, secret } = await createTestClient(server, 'web');
    for (const redirect_uri of ['https://evil.example/', `${CALLBACK}/`]) {
      const form = {
        response_type: 'code',
        scope: 'openid',
        redirect_uri,
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
      };
      const { status, json } = await postForm(`${server.issuer}/par`, form, basic(id, secret));
      expect([status, json['request_uri']]).toEqual([400, undefined]);
    }
  });

  test('attack 1: only the port of a native client’s loopback redirect is open', async () => {
    const { id } = await createTestClient(server, 'native', {
      redirectUris: ['http://127.0.0.1/callback'],
    });
    const party = await relyingParty(server.issuer, id);
    const statusOf = async (redirect_uri: string) => {
      const { url } = await authorizationRequest(party, { redirect_uri });
      return (await createAgent(server.issuer).open(url.href)).status;
    };

    expect(await statusOf('http://127.0.0.1:49152/callback')).toBe(303);
    for (const other of [
      'http://localhost:49152/callback',
      'http://127.0.0.1:49152/other',
      'http://[::1]:49152/callback',
      'http://127.0.0.1:49152@evil.example/callback',
      'https://127.0.0.1:49152/callback',
      'http://127.0.0.1.evil.example:1/callback',
    ]) {
      expect([other, await statusOf(other)]).toEqual([other, 400]);
    }
  });

  test('attack 1: the code is redeemed only with the redirect URI it was sent to', async () => {
    const redirectUris = [CALLBACK, 'https://app.example.com/other'];
    const { form } = await authorizedCode(server, { client: { redirectUris } });
    const { status, json } = await tokenRequest(server, {
      ...form,
      redirect_uri: 'https://app.example.com/other',
    });
    expect([status, json['error']]).toEqual([400, 'invalid_grant']);
  });
});

test('attack 2: a redirect URI that brings parameters of the answer cannot be registered or is not polluted', async () => {
  const redirect =
    'https://app.example.com/cb?code=evil&state=evil&iss=https://evil.example&error=x&tenant=1';
  const { id } = await createTestClient(server, 'spa', { redirectUris: [redirect] });
  const party = await relyingParty(server.issuer, id);
  const request = await authorizationRequest(party, { redirect_uri: redirect });

  const { searchParams } = await authorize(createAgent(server.issuer), request.url, ALICE);

  expect(searchParams.getAll('code')).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
  expect(searchParams.getAll('state')).toEqual([request.state]);
  expect(searchParams.getAll('iss')).toEqual([server.issuer]);
  expect(searchParams.get('tenant')).toBe('1');
});

test.each(['client_id', 'response_type', 'scope', 'state', 'code_challenge', 'nonce', 'prompt'])(
  'attack 2: %s given twice is refused',
  async (name) => {
    const { id } = await createTestClient(server, 'spa');
    const { url } = await authorizationRequest(await relyingParty(server.issuer, id), {
      prompt: 'login',
    });
    url.searchParams.append(name, url.searchParams.get(name) ?? '');
    const before = await interactions();

    const page = await createAgent(server.issuer).open(url.href);

    expect(locationOf(page) ?? page.body).toMatch(/invalid_request/);
    expect(await interactions()).toBe(before);
  },
);

describe('attack 3: requests inside requests', () => {
  async function open(more: Record<string, string>, client?: string) {
    const { id } = await createTestClient(server, 'spa');
    const { url } = await authorizationRequest(await relyingParty(server.issuer, id));
    for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
    if (client) url.searchParams.set('client_id', client);
    return createAgent(server.issuer).open(url.href);
  }

  test('attack 3: an unsigned request object is not read', async () => {
    const request = new UnsecuredJWT({
      redirect_uri: 'https://evil.example/',
      scope: 'openid email',
    }).encode();
    const page = await open({ request });
    expect(locationOf(page)).toMatch(
      /^https:\/\/app\.example\.com\/callback\?error=request_not_supported/,
    );
  });

  test('attack 3: a request_uri that was not pushed here is not fetched', async () => {
    for (const request_uri of [
      'https://evil.example/request.jwt',
      'urn:ietf:params:oauth:request_uri:never',
      'http://169.254.169.254/',
    ]) {
      const page = await open({ request_uri });
      expect(locationOf(page) ?? page.body).toMatch(
        /invalid_request_uri|request_uri_not_supported/,
      );
      expect(locationOf(page) ?? '').not.toContain('evil');
    }
  });

  test('attack 3: request and request_uri together are refused', async () => {
    const page = await open({
      request: 'x.y.z',
      request_uri: 'urn:ietf:params:oauth:request_uri:x',
    });
    expect(locationOf(page) ?? page.body).toMatch(/error=|invalid_request|not_supported/);
    expect(locationOf(page) ?? '').not.toContain('/interaction/');
  });

  test('attack 3: a pushed request cannot name another client inside than the one that pushed it', async () => {
    const [mine, theirs] = [
      await createTestClient(server, 'web'),
      await createTestClient(server, 'web'),
    ];
    const { url } = await authorizationRequest(
      await relyingParty(server.issuer, mine.id, mine.secret),
    );
    const form = { ...Object.fromEntries(url.searchParams), client_id: theirs.id };
    const { status, json } = await postForm(
      `${server.issuer}/par`,
      form,
      basic(mine.id, mine.secret),
    );
    expect([status, json['request_uri']]).toEqual([400, undefined]);
  });

  test('attack 3: what is added to a pushed request in the browser changes nothing', async () => {
    const { id, secret } = await createTestClient(server, 'web');
    const party = await relyingParty(server.issuer, id, secret);
    const request = await authorizationRequest(party);
    const { client_id: _, ...parameters } = Object.fromEntries(request.url.searchParams);
    const url = await oidc.buildAuthorizationUrlWithPAR(party, parameters);
    url.searchParams.set('redirect_uri', 'https://evil.example/');
    url.searchParams.set('scope', 'openid email');
    url.searchParams.set('state', 'evil');

    const agent = createAgent(server.issuer);
    const page = await agent.browse(url.href);
    if (page.status !== 200) {
      expect(locationOf(page) ?? '').not.toContain('evil');
      return;
    }
    const callback = await authorize(agent, url, ALICE);
    expect(callback.href.startsWith(CALLBACK)).toBe(true);
    expect((await redeem(party, callback, request)).scope).toBe('openid');
  });
});

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
  expect((await ask({ response_mode: 'form_post', prompt: 'create' })).body).toContain(
    `name="iss" value="${server.issuer}"`,
  );
});

describe('attack 6: what silent requests give away', () => {
  const silent = { prompt: 'none' };

  async function ask(parameters: Record<string, string>, agent = createAgent(server.issuer)) {
    const { id } = await createTestClient(server, 'spa');
    const { url } = await authorizationRequest(await relyingParty(server.issuer, id), parameters);
    return callbackOf(await agent.open(url.href)).searchParams;
  }

  test('attack 6: without a session or a consent it is an error, and no page', async () => {
    const { agent } = await signedIn(server);
    const errors = [
      await ask(silent),
      await ask(silent, agent),
      await ask({ prompt: 'none login' }, agent),
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
