// Attack 47: dynamic registration: taking over, coming back, mass assignment, floods.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { disableClient } from '../../src/protocol/clients/clients.ts';
import { createRegistrationToken } from '../../src/protocol/clients/registration-tokens.ts';
import { createTestClient } from '../support/clients.ts';
import { bearer } from '../support/http.ts';
import { forgedToken } from '../support/proofs.ts';
import { CALLBACK } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

const SYSTEM = { type: 'system' } as const;
let server: TestServer;
let initial: Record<string, string>;

beforeAll(async () => {
  server = await startServer({ DYNAMIC_REGISTRATION: 'on' });
  await createPerson(server, ALICE);
  initial = bearer(
    (
      await createRegistrationToken(
        server.services,
        { expiresAt: new Date(Date.now() + 600_000) },
        SYSTEM,
      )
    ).token,
  );
});

afterEach(async () => {
  await server.services.db.rateLimit.deleteMany();
});

afterAll(() => server.close());

interface Registered {
  client_id: string;
  client_secret?: string;
  client_name?: string;
  registration_client_uri: string;
  registration_access_token: string;
}

async function send(url: string, method: string, headers: Record<string, string>, body?: object) {
  const answer = await fetch(new URL(url, server.issuer), {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    json: (text ? JSON.parse(text) : {}) as Registered & { error?: string },
  };
}

async function register(more: object = {}) {
  const { status, json } = await send('/register', 'POST', initial, {
    redirect_uris: [CALLBACK],
    client_name: 'Honest',
    ...more,
  });
  expect(status).toBe(201);
  await server.services.freshness.refresh();
  return json;
}

const rowOf = (id: string) => server.services.db.client.findUnique({ where: { id } });

describe('attack 47: managing what is not yours', () => {
  test('attack 47: the token of one registration opens no other', async () => {
    const theirs = await register();
    const before = await rowOf(theirs.client_id);
    const evil = {
      client_id: theirs.client_id,
      redirect_uris: ['https://evil.example/cb'],
      client_name: 'Evil',
    };

    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', evil],
      ['DELETE', undefined],
    ] as const) {
      const mine = await register(); // its token is withdrawn when it is used for another's
      const { status, json } = await send(
        theirs.registration_client_uri,
        method,
        bearer(mine.registration_access_token),
        body,
      );
      expect([method, status >= 401 && status <= 403, json.client_name]).toEqual([
        method,
        true,
        undefined,
      ]);
    }
    expect(await rowOf(theirs.client_id)).toEqual(before);
    expect(
      (await send(theirs.registration_client_uri, 'GET', bearer(theirs.registration_access_token)))
        .status,
    ).toBe(200);
  });

  test('attack 47: no other token opens a registration, nor does a registration token open anything else', async () => {
    const theirs = await register();
    const { accessToken, refreshToken, idToken } = await signedIn(server);
    const { authorization = '' } = initial;
    for (const token of [
      accessToken,
      refreshToken,
      idToken,
      authorization.slice(7),
      theirs.client_secret ?? '',
      'x',
      '',
    ]) {
      expect(
        (await send(theirs.registration_client_uri, 'GET', bearer(token))).status,
      ).toBeGreaterThanOrEqual(400);
      expect(
        (await send(theirs.registration_client_uri, 'DELETE', bearer(token))).status,
      ).toBeGreaterThanOrEqual(400);
    }
    expect(await rowOf(theirs.client_id)).not.toBeNull();
    expect((await send('/userinfo', 'GET', bearer(theirs.registration_access_token))).status).toBe(
      401,
    );
    expect(
      (
        await send('/register', 'POST', bearer(theirs.registration_access_token), {
          redirect_uris: [CALLBACK],
        })
      ).status,
    ).toBe(401);
  });

  test('attack 47: a client that an administrator made cannot be managed by registration', async () => {
    const { id } = await createTestClient(server, 'web');
    const mine = await register();
    for (const token of [mine.registration_access_token, 'x']) {
      expect(
        (await send(`/register/${id}`, 'DELETE', bearer(token))).status,
      ).toBeGreaterThanOrEqual(401);
    }
    expect(await rowOf(id)).not.toBeNull();
  });

  test('attack 47: a token that was replaced is dead', async () => {
    const mine = await register();
    const { registration_client_uri, registration_access_token: first, ...rest } = mine;
    const { client_secret: _, ...metadata } = rest as Record<string, unknown>;
    delete metadata['client_id_issued_at'];
    delete metadata['client_secret_expires_at'];
    const changed = await send(registration_client_uri, 'PUT', bearer(first), metadata);
    expect(changed.status).toBe(200);
    expect((await send(registration_client_uri, 'GET', bearer(first))).status).toBe(401);
    expect(
      (await send(registration_client_uri, 'GET', bearer(changed.json.registration_access_token)))
        .status,
    ).toBe(200);
  });

  test('attack 47: a client cannot become another by its client_id, in the path or in the body', async () => {
    const [mine, theirs] = [await register(), await register()];
    const body = { client_id: theirs.client_id, redirect_uris: ['https://evil.example/cb'] };
    const { status } = await send(
      mine.registration_client_uri,
      'PUT',
      bearer(mine.registration_access_token),
      body,
    );
    expect(status).toBe(400);
    const chosen = await send('/register', 'POST', initial, {
      client_id: theirs.client_id,
      redirect_uris: ['https://evil.example/cb'],
    });
    expect(chosen.json.client_id).not.toBe(theirs.client_id);
    expect((await rowOf(theirs.client_id))?.redirectUris).toEqual([CALLBACK]);
  });
});

describe('attack 47: coming back', () => {
  test('attack 47: a disabled client cannot enable, change, read or delete itself', async () => {
    const mine = await register();
    await disableClient(server.services, mine.client_id, SYSTEM);
    await server.services.freshness.refresh();
    const before = await rowOf(mine.client_id);
    const body = {
      client_id: mine.client_id,
      redirect_uris: [CALLBACK],
      enabled: true,
      disabled_at: null,
      disabledAt: null,
    };

    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status } = await send(
        mine.registration_client_uri,
        method,
        bearer(mine.registration_access_token),
        method === 'PUT' ? body : undefined,
      );
      expect([method, status]).toEqual([method, 401]);
    }
    expect(await rowOf(mine.client_id)).toEqual(before);
    expect(before?.disabledAt).toBeInstanceOf(Date);
  });

  test('attack 47: a deleted client cannot be brought back', async () => {
    const mine = await register();
    expect(
      (await send(mine.registration_client_uri, 'DELETE', bearer(mine.registration_access_token)))
        .status,
    ).toBe(204);
    await server.services.freshness.refresh();
    const body = { client_id: mine.client_id, redirect_uris: [CALLBACK] };
    expect(
      (
        await send(
          mine.registration_client_uri,
          'PUT',
          bearer(mine.registration_access_token),
          body,
        )
      ).status,
    ).toBe(401);
    expect(await rowOf(mine.client_id)).toBeNull();
  });
});

describe('attack 47: saying more than a registration may', () => {
  const MINE = {
    first_party: true,
    firstParty: true,
    owner_id: 'x',
    ownerId: 'x',
    type: 'service',
    require_pkce: false,
    requirePkce: false,
    dynamically_registered: false,
    permissions: ['orders:read'],
    allow: [{}],
    acts_as_api: 'x',
    trusted: true,
  };

  test('attack 47: on creation and on change', async () => {
    const mine = await register(MINE);
    const evil = { client_id: mine.client_id, redirect_uris: [CALLBACK], ...MINE };
    const { status, json } = await send(
      mine.registration_client_uri,
      'PUT',
      bearer(mine.registration_access_token),
      evil,
    );
    expect(status).toBe(200);
    const row = await rowOf(mine.client_id);
    expect(row).toMatchObject({
      firstParty: false,
      requirePkce: true,
      type: 'web',
      dynamicallyRegistered: true,
      actsAsApiId: null,
    });
    expect(
      await server.services.db.clientPermission.count({ where: { clientId: mine.client_id } }),
    ).toBe(0);
    expect(json.registration_access_token).not.toBe(mine.registration_access_token);
  });

  test.each([
    ['both kinds of keys', { jwks: { keys: [] }, jwks_uri: 'https://app.example.com/jwks' }],
    [
      'a private key',
      {
        jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA', d: 'AAAA' }] },
        token_endpoint_auth_method: 'private_key_jwt',
      },
    ],
    [
      'a sector that is inside',
      { sector_identifier_uri: 'https://127.0.0.1/sector', subject_type: 'pairwise' },
    ],
    [
      'keys that are inside',
      { jwks_uri: 'http://169.254.169.254/keys', token_endpoint_auth_method: 'private_key_jwt' },
    ],
    ['a back channel that is a file', { backchannel_logout_uri: 'file:///etc/passwd' }],
    [
      'a redirect of a native client’s kind to a web page',
      { application_type: 'native', redirect_uris: ['http://evil.example/'] },
    ],
    ['21 redirects', { redirect_uris: Array.from({ length: 21 }, (_, i) => `${CALLBACK}/${i}`) }],
    ['the password grant', { grant_types: ['password'] }],
    ['token exchange', { grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'] }],
  ])('attack 47: %s is not taken over', async (_, more) => {
    const before = await server.services.db.client.count();
    const { status } = await send('/register', 'POST', initial, {
      redirect_uris: [CALLBACK],
      ...more,
    });
    expect(status).toBe(400);
    expect(await server.services.db.client.count()).toBe(before);
  });
});

test('attack 47: what a software statement says is not believed', async () => {
  const software_statement = forgedToken(
    { alg: 'none' },
    { client_name: 'Evil', redirect_uris: [] },
  );
  const { client_id, ...json } = await register({ software_statement });
  expect(json).toMatchObject({ client_name: 'Honest' });
  expect(json).not.toHaveProperty('software_statement');
  expect((await rowOf(client_id))?.redirectUris).toEqual([CALLBACK]);
});

test('attack 47: an initial access token that has expired registers nothing', async () => {
  const { token } = await createRegistrationToken(
    server.services,
    { expiresAt: new Date(Date.now() - 60_000) },
    SYSTEM,
  );
  expect(
    (await send('/register', 'POST', bearer(token), { redirect_uris: [CALLBACK] })).status,
  ).toBe(401);
});

test('attack 47: a flood of registrations meets 429, also of those with a right token', async () => {
  const statuses: number[] = [];
  let retryAfter = 0;
  for (let i = 0; i < 24; i++) {
    const headers = i % 2 === 0 ? initial : bearer(`wrong${i}`);
    const answer = await send('/register', 'POST', headers, { redirect_uris: [CALLBACK] });
    statuses.push(answer.status);
    retryAfter = Number(answer.headers.get('retry-after'));
  }
  const before = await server.services.db.client.count();
  const last = await send('/register', 'POST', initial, { redirect_uris: [CALLBACK] });

  expect(statuses.slice(0, 10)).not.toContain(429);
  expect([statuses.at(-1), last.status]).toEqual([429, 429]);
  expect(retryAfter).toBeGreaterThan(0);
  expect(await server.services.db.client.count()).toBe(before);
});
