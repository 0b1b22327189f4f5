// Attack 20: what is disabled or deleted is refused at every grant and endpoint, at once, also after cached reads.
// Whatever is ended here, another node of the installation ends it: this one has to notice.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApi, deleteApi, disableApi } from '../../src/authorization/apis/apis.ts';
import { disableUser, deleteUser } from '../../src/identity/users/users.ts';
import { deleteClient, disableClient } from '../../src/protocol/clients/clients.ts';
import { listConsents, revokeConsent } from '../../src/protocol/grants/consents.ts';
import { openServices, type Services } from '../../src/services.ts';
import { createAgent, locationOf } from '../support/agent.ts';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { basic, bearer, get, postForm } from '../support/http.ts';
import { authorizationRequest, CALLBACK, relyingParty } from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn, tokenRequest } from '../support/victims.ts';

const SYSTEM = { type: 'system' } as const;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
let server: TestServer;
let otherNode: Services;
let people = 0;
let apis = 0;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' });
  otherNode = await openServices(server.services.config, { log: server.services.log });
  await createOrdersApi(server);
});

afterAll(async () => {
  await otherNode.close();
  await server.close();
});

/** As long as a node may trust what it has cached. */
const untilNoticed = () => new Promise((resolve) => setTimeout(resolve, 300));

const newPerson = async () => {
  const person = { login: `person${++people}`, password: 'correct horse battery staple' };
  return { person, user: await createPerson(server, person) };
};

/** A person who is signed in at an application, everything about them in the caches. */
async function world() {
  const { person, user } = await newPerson();
  const signed = await signedIn(server, { type: 'web', person });
  await get(`${server.issuer}/userinfo`, bearer(signed.accessToken));
  return { ...signed, person, user };
}

type World = Awaited<ReturnType<typeof world>>;

async function answers({ id, secret, party, agent, accessToken, refreshToken }: World) {
  const auth = basic(id, secret);
  const introspected = await postForm(`${server.issuer}/introspect`, { token: accessToken }, auth);
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
  const sso = await agent.browse((await authorizationRequest(party)).url.href);
  return {
    userinfo: (await get(`${server.issuer}/userinfo`, bearer(accessToken))).status,
    introspection: introspected.json['active'] ?? 'refused',
    refresh: (await tokenRequest(server, form, auth)).json['error'],
    sso: locationOf(sso) ? 'code' : sso.status,
  };
}

/** A code that the application has and has not redeemed yet. */
async function codeInHand({ agent, party, id, secret }: World) {
  const request = await authorizationRequest(party);
  const callback = locationOf(await agent.browse(request.url.href));
  const code = new URL(callback ?? '').searchParams.get('code') ?? '';
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: CALLBACK,
    code_verifier: request.verifier,
  };
  return () => tokenRequest(server, form, basic(id, secret));
}

/** A device that the person has approved and that has not polled yet. */
async function approvedDevice({ agent }: World) {
  const { id } = await createTestClient(server, 'device');
  const { json } = await postForm(`${server.issuer}/device_authorization`, {
    client_id: id,
    scope: 'openid',
  });
  const typed = { user_code: json['user_code'] ?? '' };
  const page = await agent.submit(await agent.browse('/device'), 'device-continue', typed);
  await agent.submit(await agent.submit(page, 'device-confirm'), 'consent-allow');
  const form = { grant_type: DEVICE_GRANT, client_id: id, device_code: json['device_code'] ?? '' };
  return { id, poll: () => tokenRequest(server, form) };
}

const tokensOf = (clientId: string) =>
  server.services.db.protocolState.count({
    where: { clientId, model: { in: ['AccessToken', 'RefreshToken', 'AuthorizationCode'] } },
  });

describe('attack 20: a person', () => {
  test.each([
    ['disabled', disableUser],
    ['deleted', deleteUser],
  ] as const)('attack 20: a %s user, with tokens and a session', async (_, end) => {
    const alice = await world();
    await end(otherNode, alice.user.id, SYSTEM);

    expect(await answers(alice)).toEqual({
      userinfo: 401,
      introspection: false,
      refresh: 'invalid_grant',
      sso: 200,
    });
    const login = await alice.agent.browse((await authorizationRequest(alice.party)).url.href);
    const refused = await alice.agent.submit(login, 'login-submit', { ...alice.person });
    expect(refused.status).toBe(401);
    expect(await tokensOf(alice.id)).toBe(0);
  });

  test.each([
    ['disabled', disableUser],
    ['deleted', deleteUser],
  ] as const)('attack 20: a %s user, with a code and a device code in hand', async (_, end) => {
    const alice = await world();
    const redeem = await codeInHand(alice);
    const device = await approvedDevice(alice);
    const bob = await world();
    const [redeemBobs, bobsDevice] = [await codeInHand(bob), await approvedDevice(bob)];

    await end(otherNode, alice.user.id, SYSTEM);

    for (const { status, json } of [await redeem(), await device.poll()]) {
      expect([status, json['error'], json['access_token']]).toEqual([
        400,
        'invalid_grant',
        undefined,
      ]);
    }
    expect([await tokensOf(alice.id), await tokensOf(device.id)]).toEqual([0, 0]);
    expect([(await redeemBobs()).status, (await bobsDevice.poll()).status]).toEqual([200, 200]);
  });

  test.each([
    ['disabled', disableUser],
    ['deleted', deleteUser],
  ] as const)('attack 20: a %s user, with the consent page open', async (_, end) => {
    const { person, user } = await newPerson();
    const { id } = await createTestClient(server, 'spa');
    const agent = createAgent(server.issuer);
    const { url } = await authorizationRequest(await relyingParty(server.issuer, id));
    const page = await agent.browse(url.href);
    const consent = await agent.submit(page, 'login-submit', { ...person });
    expect(consent.body).toContain('id="consent-allow"');

    await end(otherNode, user.id, SYSTEM);
    const answer = await agent.submit(consent, 'consent-allow');

    expect(locationOf(answer)).toBeUndefined();
    expect(answer.status).toBeLessThan(500);
    const { db } = server.services;
    expect([
      await tokensOf(id),
      await db.grant.count({ where: { clientId: id } }),
      await db.consent.count({ where: { clientId: id } }),
    ]).toEqual([0, 0, 0]);
    expect((await agent.browse(url.href)).body).toContain('id="login-submit"');
  });
});

describe('attack 20: a client', () => {
  test.each([
    ['disabled', disableClient],
    ['deleted', deleteClient],
  ] as const)('attack 20: a %s client, with tokens and its people’s sessions', async (_, end) => {
    const alice = await world();
    await untilNoticed();
    const redeem = await codeInHand(alice);
    await end(otherNode, alice.id, SYSTEM);
    await untilNoticed();

    expect(await answers(alice)).toEqual({
      userinfo: 401,
      introspection: 'refused',
      refresh: 'invalid_client',
      sso: 400,
    });
    const { status, json } = await redeem();
    expect([status, json['error']]).toEqual([401, 'invalid_client']);
    expect(await tokensOf(alice.id)).toBe(0);
  });

  test.each([
    ['disabled', disableClient],
    ['deleted', deleteClient],
  ] as const)('attack 20: a %s client, at every endpoint that it asks', async (_, end) => {
    const web = await createTestClient(server, 'web');
    const device = await createTestClient(server, 'device');
    const service = await createTestClient(server, 'service', READS_ORDERS);
    const auth = basic(web.id, web.secret);
    const { url } = await authorizationRequest(
      await relyingParty(server.issuer, web.id, web.secret),
    );
    const pushed = Object.fromEntries(url.searchParams);
    const begun = { client_id: device.id, scope: 'openid' };
    const credentials = { grant_type: 'client_credentials' };
    const ask = async () => [
      await postForm(`${server.issuer}/par`, pushed, auth),
      await postForm(`${server.issuer}/device_authorization`, begun),
      await postForm(`${server.issuer}/revoke`, { token: 'x' }, auth),
      await postForm(`${server.issuer}/introspect`, { token: 'x' }, auth),
      await tokenRequest(server, credentials, basic(service.id, service.secret)),
    ];
    await untilNoticed(); // of their making, so that what is read now is kept
    const before = await ask();
    expect(before.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200]);

    for (const { id } of [web, device, service]) await end(otherNode, id, SYSTEM);
    await untilNoticed();
    const rows = await server.services.db.protocolState.count();
    const after = await ask();

    expect(after.map(({ status, json }) => [status, json['error']])).toEqual(
      Array.from({ length: before.length }, () => [401, 'invalid_client']),
    );
    expect(await server.services.db.protocolState.count()).toBe(rows);
    const waiting = {
      grant_type: DEVICE_GRANT,
      client_id: device.id,
      device_code: before[1]?.json['device_code'] ?? '',
    };
    expect((await tokenRequest(server, waiting)).json['error']).toBe('invalid_client');
  });
});

test('attack 20: a revoked consent', async () => {
  const alice = await world();
  const redeem = await codeInHand(alice);
  const [consent] = await listConsents(server.services, { clientId: alice.id });
  await revokeConsent(otherNode, { consentId: consent?.id ?? '' }, SYSTEM);

  expect(await answers(alice)).toMatchObject({
    userinfo: 401,
    introspection: false,
    refresh: 'invalid_grant',
    sso: 200,
  });
  expect((await redeem()).json['error']).toBe('invalid_grant');
});

describe('attack 20: an API', () => {
  async function newApi() {
    const identifier = `urn:example:api${++apis}`;
    const name = `read:${apis}`;
    await createApi(
      server.services,
      {
        identifier,
        name: 'An API',
        tokenFormat: 'opaque',
        permissions: [{ name, description: 'Read' }],
      },
      SYSTEM,
    );
    return { identifier, name, allow: [{ api: identifier, permissions: [name] }] };
  }

  test.each([
    ['disabled', disableApi],
    ['deleted', deleteApi],
  ] as const)('attack 20: a %s API, for a service', async (_, end) => {
    const { identifier, name, allow } = await newApi();
    const { id, secret } = await createTestClient(server, 'service', { allow });
    const form = { grant_type: 'client_credentials', scope: name };
    const ask = () => tokenRequest(server, form, basic(id, secret));
    const { json } = await ask();
    const token = { token: json['access_token'] ?? '' };
    const introspect = () => postForm(`${server.issuer}/introspect`, token, basic(id, secret));
    await untilNoticed();
    expect((await introspect()).json).toMatchObject({ active: true });

    await end(otherNode, identifier, SYSTEM);
    await untilNoticed();

    expect((await ask()).status).toBe(400);
    expect((await introspect()).json).toEqual({ active: false });
    expect(await server.services.db.protocolState.count({ where: { audience: identifier } })).toBe(
      0,
    );
  });

  test.each([
    ['disabled', disableApi],
    ['deleted', deleteApi],
  ] as const)('attack 20: a %s API, for a person’s code and refresh token', async (_, end) => {
    const { identifier, name, allow } = await newApi();
    const { person } = await newPerson();
    const alice = {
      ...(await signedIn(server, {
        type: 'web',
        person,
        client: { allow, firstParty: true },
        parameters: { scope: `openid ${name}` },
      })),
      person,
    };
    const { id, secret, refreshToken, accessToken, agent, party } = alice;
    const auth = basic(id, secret);
    const request = await authorizationRequest(party, { scope: `openid ${name}` });
    const callback = locationOf(await agent.browse(request.url.href));
    const introspect = () => postForm(`${server.issuer}/introspect`, { token: accessToken }, auth);
    await untilNoticed();
    expect((await introspect()).json).toMatchObject({ active: true, aud: identifier });

    await end(otherNode, identifier, SYSTEM);
    await untilNoticed();

    expect((await introspect()).json).toEqual({ active: false });
    const refreshing = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const redeeming = {
      grant_type: 'authorization_code',
      code: new URL(callback ?? '').searchParams.get('code') ?? '',
      redirect_uri: CALLBACK,
      code_verifier: request.verifier,
    };
    for (const form of [refreshing, { ...refreshing, resource: identifier }, redeeming]) {
      const { json } = await tokenRequest(server, form, auth);
      expect([form, json['error']]).toEqual([form, 'invalid_target']);
    }
  });
});
