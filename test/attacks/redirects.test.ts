// Attacks on where the browser is sent: other redirect URIs (1), polluted ones (2), requests inside requests (3).
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { UnsecuredJWT } from 'jose';
import * as oidc from 'openid-client';
import { createAgent, locationOf, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { basic, postForm } from '../support/http.ts';
import {
  authorizationRequest,
  authorize,
  CALLBACK,
  redeem,
  relyingParty,
} from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { authorizedCode, tokenRequest } from '../support/victims.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
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
    const push = (redirect_uri: string) => {
      const pkce = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
      const form = { client_id: id, response_type: 'code', scope: 'openid', redirect_uri, ...pkce };
      return postForm(`${server.issuer}/par`, form, basic(id, secret));
    };

    expect((await push(CALLBACK)).status).toBe(201);
    for (const redirect_uri of ['https://evil.example/', `${CALLBACK}/`]) {
      const { status, json } = await push(redirect_uri);
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
  const rows = () => server.services.db.protocolState.count();

  /** What the server makes of it, and that it kept nothing of it. */
  async function open(more: Record<string, string>) {
    const { id } = await createTestClient(server, 'spa');
    const { url } = await authorizationRequest(await relyingParty(server.issuer, id));
    for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
    const before = await rows();
    const page = await createAgent(server.issuer).open(url.href);
    expect(await rows()).toBe(before);
    return page;
  }

  /** The error that the application is told, at its own address. */
  function refusedBy(page: Page) {
    const location = new URL(locationOf(page) ?? '');
    expect(location.href.startsWith(`${CALLBACK}?error=`)).toBe(true);
    return location.searchParams.get('error');
  }

  test('attack 3: an unsigned request object is not read', async () => {
    const request = new UnsecuredJWT({
      redirect_uri: 'https://evil.example/',
      scope: 'openid email',
    }).encode();
    const page = await open({ request });
    expect(refusedBy(page)).toBe('request_not_supported');
  });

  test.each([
    ['https://evil.example/request.jwt', 'request_uri_not_supported'],
    ['http://169.254.169.254/', 'request_uri_not_supported'],
    ['urn:ietf:params:oauth:request_uri:never', 'invalid_request_uri'],
  ])(
    'attack 3: the request_uri %s was not pushed here and is not fetched',
    async (request_uri, error) => {
      const page = await open({ request_uri });
      expect(refusedBy(page)).toBe(error);
    },
  );

  test('attack 3: request and request_uri together are refused', async () => {
    const page = await open({
      request: 'x.y.z',
      request_uri: 'urn:ietf:params:oauth:request_uri:x',
    });
    expect(refusedBy(page)).toBe('request_not_supported');
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
    const before = await rows();
    const { status, json } = await postForm(
      `${server.issuer}/par`,
      form,
      basic(mine.id, mine.secret),
    );
    expect([status, json['request_uri']]).toEqual([400, undefined]);
    expect(await rows()).toBe(before);
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

    const callback = await authorize(createAgent(server.issuer), url, ALICE);
    expect(callback.href.startsWith(`${CALLBACK}?`)).toBe(true);
    expect((await redeem(party, callback, request)).scope).toBe('openid');
    const { db } = server.services;
    const [consent] = await db.consent.findMany({ where: { clientId: id } });
    const [grant] = await db.grant.findMany({ where: { clientId: id } });
    expect(consent?.scopes).toMatchObject({ granted: { openid: ['openid'] } });
    expect(JSON.stringify([consent?.scopes, grant?.scopes])).not.toContain('email');
  });
});
