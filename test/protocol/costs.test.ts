// What each request may cost in queries: the table of docs/architecture.md. A change that adds one says there why.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createApp } from '../../src/app.ts';
import { changeOwnProfile } from '../../src/identity/users/own-profile.ts';
import { prepareInstallation } from '../../src/installation.ts';
import { openServices, type Services } from '../../src/services.ts';
import type { Database } from '../../src/storage/database.ts';
import { directAccessOf, offerDirectAccess } from '../../src/storage/direct-access.ts';
import { createAgent } from '../support/agent.ts';
import { createOrdersApi, createTestClient, ORDERS, READS_ORDERS } from '../support/clients.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { basic, bearer, get, postForm } from '../support/http.ts';
import {
  authorizationRequest,
  callbackOf,
  redeem,
  relyingParty,
  signInAndFetchTokens,
} from '../support/relying-party.ts';
import { ALICE, createPerson } from '../support/server.ts';

let database: TestDatabase;
let services: Services;
let issuer: string;
let calls: string[] = [];
const server = createServer();

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  database = await emptyDatabase({ ISSUER: issuer });
  const counted = database.db.$extends({
    query: {
      $allModels: {
        $allOperations({ model, operation, args, query }) {
          calls.push(`${model}.${operation}`);
          return query(args);
        },
      },
      $queryRawUnsafe({ args, query }) {
        calls.push('raw.findRow');
        return query(args);
      },
    },
  });
  countDirectAccess(counted as unknown as Database);
  services = await openServices(database.config, {
    db: counted as unknown as Database,
    log: pino({ level: 'silent' }),
  });
  await prepareInstallation(services);
  const handle = createApp(services).callback();
  server.on('request', (request, response) => void handle(request, response));
  await createPerson({ services }, ALICE);
  await createOrdersApi({ services });
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await database.dispose();
});

/** What goes past the engine, as the server does it: a read each, and what an answer issues as one write. */
function countDirectAccess(counted: Database): void {
  const connect = directAccessOf(database.db);
  if (!connect) throw new Error('the test database has no direct access');
  const noted =
    <In, Out>(name: string, work: (input: In) => Promise<Out>) =>
    (input: In) => {
      calls.push(name);
      return work(input);
    };
  offerDirectAccess(counted, async () => {
    const direct = await connect();
    return {
      ...direct,
      read: noted('direct.findRow', direct.read.bind(direct)),
      readToken: noted('direct.findToken', direct.readToken.bind(direct)),
      issue: noted('direct.issue', direct.issue.bind(direct)),
    };
  });
}

/** Freshness is four reads a second at most, and rate limits are leased: both are left out. */
const SHARED = /^(Revision|RateLimit)\./;

async function costOf<T>(work: () => Promise<T>): Promise<[{ reads: number; writes: number }, T]> {
  calls = [];
  const result = await work();
  const own = calls.filter((call) => !SHARED.test(call));
  const reads = own.filter((call) => /\.(find|count)/.test(call)).length;
  return [{ reads, writes: own.length - reads }, result];
}

/** A client that this node has read, so that its reading is not counted. */
async function knownClient(...args: [type: 'web' | 'spa' | 'service' | 'device', more?: object]) {
  const client = await createTestClient({ services }, ...args);
  await services.freshness.refresh();
  await services.registry.find(client.id);
  return client;
}

test('client_credentials with a JWT: nothing, once the client is known', async () => {
  const { id, secret } = await knownClient('service', READS_ORDERS);
  const ask = () =>
    postForm(`${issuer}/token`, { grant_type: 'client_credentials' }, basic(id, secret));
  await ask();
  const [cost, answer] = await costOf(ask);
  expect(answer.status).toBe(200);
  expect(cost).toEqual({ reads: 0, writes: 0 });
});

test('sign-in with consent, then the code', async () => {
  const { id, secret } = await knownClient('web');
  const party = await relyingParty(issuer, id, secret);
  const agent = createAgent(issuer);
  const request = await authorizationRequest(party, { scope: 'openid profile' });

  const [authorization, page] = await costOf(() => agent.browse(request.url.href));
  const [signIn, consent] = await costOf(() => agent.submit(page, 'login-submit', { ...ALICE }));
  const [answer, back] = await costOf(() => agent.submit(consent, 'consent-allow'));
  const [code] = await costOf(() => redeem(party, callbackOf(back), request));

  expect({ authorization, signIn, answer, code }).toEqual({
    authorization: { reads: 1, writes: 1 },
    signIn: { reads: 8, writes: 2 },
    answer: { reads: 6, writes: 7 },
    code: { reads: 1, writes: 3 },
  });
});

test('single sign-on, then the code', async () => {
  const { id, secret } = await knownClient('web');
  const party = await relyingParty(issuer, id, secret);
  const { agent } = await signInAndFetchTokens(party, ALICE);
  const request = await authorizationRequest(party);

  const [authorization, back] = await costOf(() => agent.browse(request.url.href));
  const [code] = await costOf(() => redeem(party, callbackOf(back), request));

  expect({ authorization, code }).toEqual({
    authorization: { reads: 3, writes: 2 },
    code: { reads: 1, writes: 3 },
  });
});

test('refresh with rotation, a JWT for an API', async () => {
  const { id } = await knownClient('spa', READS_ORDERS);
  const party = await relyingParty(issuer, id);
  const { tokens } = await signInAndFetchTokens(party, ALICE, {
    parameters: { scope: 'openid orders:read offline_access', prompt: 'consent', resource: ORDERS },
  });
  const [cost, answer] = await costOf(() =>
    postForm(`${issuer}/token`, {
      grant_type: 'refresh_token',
      client_id: id,
      refresh_token: tokens.refresh_token ?? '',
    }),
  );
  expect(answer.status).toBe(200);
  expect(cost).toEqual({ reads: 1, writes: 1 });
});

test('introspection and userinfo write nothing', async () => {
  const { id, secret } = await knownClient('web');
  const party = await relyingParty(issuer, id, secret);
  const { tokens } = await signInAndFetchTokens(party, ALICE, {
    parameters: { scope: 'openid offline_access', prompt: 'consent' },
  });
  const token = tokens.access_token;

  const [introspection] = await costOf(() =>
    postForm(`${issuer}/introspect`, { token, token_type_hint: 'access_token' }, basic(id, secret)),
  );
  const [userinfo] = await costOf(() => get(`${issuer}/userinfo`, bearer(token)));

  expect({ introspection, userinfo }).toEqual({
    introspection: { reads: 2, writes: 0 },
    userinfo: { reads: 1, writes: 0 },
  });
});

test('userinfo reads once more where a person tells more than their name, and only where that is asked for', async () => {
  const { id, secret } = await knownClient('web');
  const party = await relyingParty(issuer, id, secret);
  const costs = async () => {
    const asked: number[] = [];
    for (const scope of ['openid profile', 'openid email']) {
      const { tokens } = await signInAndFetchTokens(party, ALICE, { parameters: { scope } });
      const [cost] = await costOf(() => get(`${issuer}/userinfo`, bearer(tokens.access_token)));
      asked.push(cost.reads);
    }
    return asked;
  };
  const nothing = await costs();
  const { id: userId } = await services.db.user.findUniqueOrThrow({
    where: { login: ALICE.login },
  });
  await changeOwnProfile(services, { userId, name: 'Alice', details: { nickname: 'Al' } });
  expect({ nothing, something: await costs() }).toEqual({ nothing: [1, 1], something: [2, 1] });
});

test('a device that waits writes when it asked', async () => {
  const { id } = await knownClient('device');
  const { json } = await postForm(`${issuer}/device_authorization`, {
    client_id: id,
    scope: 'openid',
  });
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const poll = { grant_type, client_id: id, device_code: json['device_code'] ?? '' };

  const [first, pending] = await costOf(() => postForm(`${issuer}/token`, poll));
  const [second, slower] = await costOf(() => postForm(`${issuer}/token`, poll));

  expect([pending, slower].map((answer) => answer.json['error'])).toEqual([
    'authorization_pending',
    'slow_down',
  ]);
  expect({ first, second }).toEqual({
    first: { reads: 2, writes: 1 },
    second: { reads: 2, writes: 1 },
  });
});
