// Attack 46: logout as an open redirect, by force, or with tokens that are for something else.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { createAgent, formOf, locationOf } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { basic, bearer, get, postForm } from '../support/http.ts';
import { authorizationRequest, callbackOf } from '../support/relying-party.ts';
import { ALICE, createPerson, MALLORY, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

const BYE = 'https://app.example.com/bye';
let server: TestServer;
let receiver: Server;
const received: string[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    request.on('data', (chunk) => received.push(String(chunk)));
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  server = await startServer({ INSECURE_PRIVATE_ADDRESSES: 'true' });
  await createPerson(server, ALICE);
  await createPerson(server, MALLORY);
});

afterAll(async () => {
  await server.close();
  await new Promise((resolve) => receiver.close(resolve));
});

const world = (person = ALICE, more = {}) =>
  signedIn(server, { type: 'web', client: { postLogoutRedirectUris: [BYE], ...more }, person });

type World = Awaited<ReturnType<typeof world>>;

const isSignedIn = async ({ accessToken }: World) =>
  (await get(`${server.issuer}/userinfo`, bearer(accessToken))).status === 200;
const logout = (query: Record<string, string>) =>
  `/logout?${new URLSearchParams(query).toString()}`;

describe('attack 46: where logout leads', () => {
  test.each([
    'https://evil.example/',
    'https://app.example.com@evil.example/bye',
    'https://app.example.com/bye/',
    'https://app.example.com/bye?next=evil',
    'https://app.example.com/bye#x',
    'https://app.example.com/BYE',
    'https://app.example.com/callback',
    'http://app.example.com/bye',
    '//evil.example/',
    'javascript:alert(1)',
    'https:\\\\app.example.com/bye',
  ])('attack 46: not to %s', async (post_logout_redirect_uri) => {
    const victim = await world();
    const ways = [
      { id_token_hint: victim.idToken },
      { client_id: victim.id },
      { id_token_hint: victim.idToken, client_id: victim.id },
    ];
    for (const way of ways) {
      const page = await victim.agent.open(logout({ ...way, post_logout_redirect_uri }));
      expect([page.status, page.headers.get('location')]).toEqual([400, null]);
    }
    expect(await isSignedIn(victim)).toBe(true);
  });

  test('attack 46: without a client nobody vouches for the address, and it is not followed', async () => {
    const victim = await world();
    for (const post_logout_redirect_uri of ['https://evil.example/', BYE]) {
      const page = await victim.agent.browse(logout({ post_logout_redirect_uri }));
      expect(page.body).not.toContain(post_logout_redirect_uri);
    }
    const done = await victim.agent.submit(
      await victim.agent.browse(logout({ post_logout_redirect_uri: BYE })),
      'logout-confirm',
    );
    expect([done.status, locationOf(done)]).toEqual([200, undefined]);
    expect(await isSignedIn(victim)).toBe(false);
  });

  test('attack 46: the address of another client is not lent', async () => {
    const victim = await world();
    const other = await createTestClient(server, 'web', {
      postLogoutRedirectUris: ['https://other.example.com/bye'],
    });
    const attempts = [
      { id_token_hint: victim.idToken, post_logout_redirect_uri: 'https://other.example.com/bye' },
      {
        id_token_hint: victim.idToken,
        client_id: other.id,
        post_logout_redirect_uri: 'https://other.example.com/bye',
      },
      { id_token_hint: victim.idToken, client_id: other.id, post_logout_redirect_uri: BYE },
    ];
    for (const attempt of attempts) {
      const page = await victim.agent.open(logout(attempt));
      expect([page.status, page.headers.get('location')]).toEqual([400, null]);
    }
    expect(await isSignedIn(victim)).toBe(true);
  });

  test('attack 46: an address that was slipped into the form or left by an earlier request is not followed', async () => {
    const victim = await world();
    const page = await victim.agent.browse(logout({ client_id: victim.id }));
    await victim.agent.open(
      logout({ client_id: victim.id, post_logout_redirect_uri: 'https://evil.example/' }),
    );
    const again = await victim.agent.submit(page, 'logout-confirm', {
      post_logout_redirect_uri: 'https://evil.example/',
      client_id: victim.id,
    });
    expect(locationOf(again)).toBeUndefined();
    expect(again.body).not.toContain('evil.example');
  });
});

describe('attack 46: who is logged out', () => {
  test('attack 46: a link alone logs nobody out, with a hint or without', async () => {
    const victim = await world();
    for (const query of [
      {},
      { id_token_hint: victim.idToken },
      { client_id: victim.id, post_logout_redirect_uri: BYE },
    ]) {
      await victim.agent.open(logout(query));
      await victim.agent.open(
        `/logout/confirm?${new URLSearchParams({ ...query, logout: 'yes' }).toString()}`,
      );
      await victim.agent.open('/logout/success');
    }
    expect(await isSignedIn(victim)).toBe(true);
  });

  test('attack 46: the hint of another person ends neither session unasked', async () => {
    const [victim, mallory] = [await world(), await world(MALLORY)];
    const page = await victim.agent.browse(logout({ id_token_hint: mallory.idToken }));
    expect(page.body).toContain('id="logout-confirm"');
    expect([await isSignedIn(victim), await isSignedIn(mallory)]).toEqual([true, true]);
    await mallory.agent.submit(
      await mallory.agent.browse(logout({ id_token_hint: victim.idToken })),
      'logout-confirm',
    );
    expect([await isSignedIn(victim), await isSignedIn(mallory)]).toEqual([true, false]);
  });

  test('attack 46: the confirmation of one browser does nothing in another', async () => {
    const [victim, mallory] = [await world(), await world(MALLORY)];
    const { action, fields } = formOf(
      (await mallory.agent.browse(logout({}))).body,
      'logout-confirm',
    );
    await victim.agent.browse(logout({}));
    const page = await victim.agent.open(action, fields);
    expect([page.status, page.headers.get('location')]).toEqual([400, null]);
    expect(await isSignedIn(victim)).toBe(true);
  });
});

describe('attack 46: tokens mistaken for one another', () => {
  async function loggedOut() {
    const { port } = receiver.address() as AddressInfo;
    const victim = await world(ALICE, {
      backchannelLogoutUri: `http://127.0.0.1:${port}/logout`,
      firstParty: true,
    });
    await victim.agent.submit(
      await victim.agent.browse(logout({ id_token_hint: victim.idToken })),
      'logout-confirm',
    );
    const logoutToken = new URLSearchParams(received.at(-1)).get('logout_token') ?? '';
    return { ...victim, logoutToken };
  }

  test('attack 46: a logout token says what it is, for whom, and not for long', async () => {
    const { logoutToken, id, idToken } = await loggedOut();
    const claims = decodeJwt(logoutToken);
    expect(decodeProtectedHeader(logoutToken)).toMatchObject({ typ: 'logout+jwt', alg: 'ES256' });
    expect(claims).toMatchObject({
      iss: server.issuer,
      aud: id,
      jti: expect.any(String),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(claims['nonce']).toBeUndefined();
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(120);
    expect(decodeJwt(idToken)['events']).toBeUndefined();
    expect(decodeProtectedHeader(idToken).typ).not.toBe('logout+jwt');
  });

  test('attack 46: a logout token is no ID token hint, no bearer token and no client assertion', async () => {
    const { logoutToken, party, id, secret } = await loggedOut();
    const agent = createAgent(server.issuer);
    const { url } = await authorizationRequest(party, {
      id_token_hint: logoutToken,
      prompt: 'none',
    });
    expect(callbackOf(await agent.open(url.href)).searchParams.get('error')).toBe(
      'invalid_request',
    );
    const page = await agent.open(
      logout({ id_token_hint: logoutToken, post_logout_redirect_uri: BYE }),
    );
    expect([page.status, page.headers.get('location')]).toEqual([400, null]);

    expect((await get(`${server.issuer}/userinfo`, bearer(logoutToken))).status).toBe(401);
    expect(
      (await postForm(`${server.issuer}/introspect`, { token: logoutToken }, basic(id, secret)))
        .json['active'] ?? false,
    ).toBe(false);
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const form = {
      grant_type: 'client_credentials',
      client_assertion: logoutToken,
      client_assertion_type,
    };
    expect((await postForm(`${server.issuer}/token`, form)).status).toBeGreaterThanOrEqual(400);
  });
});
