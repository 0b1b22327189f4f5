// Attack 42: lines forged into the log and the audit log, and secrets that end up there or lie about in the database.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { createRegistrationToken } from '../../src/protocol/clients/registration-tokens.ts';
import { createAgent } from '../support/agent.ts';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { basic, bearer, get, postForm } from '../support/http.ts';
import { listenIn, type Overheard } from '../support/overheard.ts';
import { newProofKey, proofOf } from '../support/proofs.ts';
import { authorizationRequest, CALLBACK } from '../support/relying-party.ts';
import { ALICE, createPerson, MALLORY, startServer, type TestServer } from '../support/server.ts';
import { authorizedCode, refreshRequest, signedIn, tokenRequest } from '../support/victims.ts';

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ DYNAMIC_REGISTRATION: 'on' });
  await createPerson(server, ALICE);
  await createPerson(server, MALLORY);
  await createOrdersApi(server, 'opaque');
});

afterAll(() => server.close());

const auditRows = () => server.services.db.auditEvent.findMany();

/** Every row of every table. */
async function everything(): Promise<string> {
  const { db } = server.services;
  const tables = [
    db.user,
    db.client,
    db.clientSecret,
    db.consent,
    db.grant,
    db.session,
    db.protocolState,
    db.signingKey,
    db.rateLimit,
    db.installation,
    db.auditEvent,
  ] as { findMany(): Promise<object[]> }[];
  return JSON.stringify(await Promise.all(tables.map((table) => table.findMany())));
}

async function deviceFlow() {
  const { id } = await createTestClient(server, 'device');
  const { json } = await postForm(`${server.issuer}/device_authorization`, {
    client_id: id,
    scope: 'openid',
  });
  const agent = createAgent(server.issuer);
  let page = await agent.submit(await agent.browse('/device'), 'device-continue', {
    user_code: 'BCDF-GHJK',
  });
  page = await agent.submit(page, 'device-continue', { user_code: json['user_code'] ?? '' });
  page = await agent.submit(page, 'device-confirm');
  page = await agent.submit(page, 'login-submit', { ...ALICE });
  await agent.submit(page, 'consent-allow');
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const poll = { grant_type, client_id: id, device_code: json['device_code'] ?? '' };
  expect((await tokenRequest(server, poll)).status).toBe(200);
  await tokenRequest(server, poll);
}

async function codeFlow() {
  const { agent, party, id, secret, accessToken, refreshToken, idToken } = await signedIn(server, {
    type: 'web',
    client: READS_ORDERS,
  });
  await get(`${server.issuer}/userinfo`, bearer(accessToken));
  await postForm(`${server.issuer}/introspect`, { token: accessToken }, basic(id, secret));
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
  const { json } = await tokenRequest(server, form, basic(id, secret));
  await tokenRequest(
    server,
    { ...form, refresh_token: json['refresh_token'] ?? '' },
    basic(id, secret),
  );
  await tokenRequest(server, form, basic(id, secret)); // reuse
  await postForm(`${server.issuer}/revoke`, { token: accessToken }, basic(id, secret));
  const end = oidc.buildEndSessionUrl(party, { id_token_hint: idToken });
  await agent.submit(await agent.browse(end.href), 'logout-confirm');
  const { form: redeemable } = await authorizedCode(server);
  await tokenRequest(server, redeemable, {
    dpop: await proofOf(await newProofKey(), `${server.issuer}/token`),
  });
  await tokenRequest(server, redeemable); // twice
}

/** Secrets where they don't belong: in addresses, paths, and under other names. */
async function misplaced() {
  const { accessToken, refreshToken, id, secret } = await signedIn(server, { type: 'web' });
  const { form } = await authorizedCode(server);
  const { code } = form;
  for (const path of [
    `/userinfo?access_token=${accessToken}`,
    `/callback?code=${code}`,
    `/${accessToken}`,
    `/reset/${refreshToken}/x`,
    `/auth/${code}`,
    `/register/${secret}`,
    `/token?client_secret=${secret}&refresh_token=${refreshToken}`,
    `/auth?client_id=${secret}`,
    `/auth?client_id=${id}&scope=${accessToken}&redirect_uri=${encodeURIComponent(CALLBACK)}&response_type=code`,
    `/interaction/${code}/login`,
    `/setup?token=${secret}`,
  ]) {
    await get(`${server.issuer}${path}`);
  }
  await tokenRequest(server, { grant_type: refreshToken, scope: accessToken }, basic(id, secret));
  await tokenRequest(server, {
    grant_type: 'client_credentials',
    client_id: refreshToken,
    client_secret: secret,
  });
  await tokenRequest(
    server,
    { grant_type: 'refresh_token', refresh_token: secret, scope: refreshToken },
    basic(id, secret),
  );
  await tokenRequest(server, { grant_type: 'client_credentials' }, basic(accessToken, secret));
  await refreshRequest(server, id, refreshToken, {
    client_assertion: accessToken,
    client_assertion_type: secret,
  });
}

async function signInWithTheWrongField() {
  const { id } = await createTestClient(server, 'spa');
  const { url } = await authorizationRequest(
    await oidc.discovery(new URL(server.issuer), id, undefined, oidc.None(), {
      execute: [oidc.allowInsecureRequests],
    }),
  );
  const agent = createAgent(server.issuer);
  const page = await agent.browse(url.href);
  await agent.submit(page, 'login-submit', { login: ALICE.password, password: MALLORY.password });
  await agent.submit(page, 'login-submit', { login: 'alice', password: 'a wrong password' });
}

async function registration() {
  const { token } = await createRegistrationToken(
    server.services,
    { expiresAt: new Date(Date.now() + 60_000) },
    { type: 'system' },
  );
  const headers = { 'content-type': 'application/json', ...bearer(token) };
  const body = JSON.stringify({ redirect_uris: [CALLBACK] });
  const answer = await fetch(`${server.issuer}/register`, { method: 'POST', headers, body });
  const json = (await answer.json()) as Record<string, string>;
  await get(json['registration_client_uri'] ?? '', bearer(json['registration_access_token'] ?? ''));
}

describe('attack 42: what a secret leaves behind', () => {
  let overheard: Overheard;

  beforeAll(async () => {
    overheard = listenIn();
    try {
      for (const flow of [codeFlow, deviceFlow, misplaced, signInWithTheWrongField, registration])
        await flow();
    } finally {
      overheard.stop();
    }
    for (const { password } of [ALICE, MALLORY]) overheard.secrets.add(password);
  }, 60_000);

  const secretsIn = (text: string) =>
    [...overheard.secrets].filter((secret) => text.includes(secret));

  test('attack 42: enough was overheard for this to mean something', () => {
    expect(overheard.secrets.size).toBeGreaterThan(80);
    expect(server.log.length).toBeGreaterThan(50);
  });

  test('attack 42: nothing of it is in the log', () => {
    const text = server.log.join('\n');
    expect(secretsIn(text)).toEqual([]);
    expect(secretsIn(decodeURIComponent(text.replaceAll('%', '%25')))).toEqual([]);
  });

  test('attack 42: nothing of it is in the audit log', async () => {
    const rows = await auditRows();
    expect(rows.length).toBeGreaterThan(20);
    expect(secretsIn(JSON.stringify(rows))).toEqual([]);
  });

  test('attack 42: nothing of it lies in the database', async () => {
    expect(secretsIn(await everything())).toEqual([]);
  });

  test('attack 42: but the log and the audit log tell of every request and refusal by its number', async () => {
    const { headers } = await get(`${server.issuer}/userinfo`, bearer('no such token'));
    const requestId = headers.get('x-request-id') ?? '';
    expect(server.log.at(-1)).toContain(requestId);
    expect(
      await server.services.db.auditEvent.count({ where: { requestId, type: 'token.refused' } }),
    ).toBe(1);
  });
});

describe('attack 42: lines forged by callers', () => {
  const FORGED =
    'x\r\n{"level":"error","msg":"forged"}\n\u001b[31mred\u001b[0m\u0007\u202eevil\u2028';
  // What may stand in a line: no control but the line end that closes it, no escape, no text that runs backwards.
  const UNPRINTABLE = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

  async function attack() {
    const encoded = encodeURIComponent(FORGED);
    const paths = [
      `/${encoded}`,
      `/auth/${encoded}`,
      `/register/${encoded}`,
      `/interaction/${encoded}/login`,
      `/auth?client_id=${encoded}`,
      `/setup?token=${encoded}`,
      `/assets/${encoded}`,
    ];
    for (const path of paths)
      await get(`${server.issuer}${path}`, { 'x-request-id': 'forged', 'user-agent': '\u009b31m' });
    for (const field of ['grant_type', 'client_id', 'scope', 'resource', 'refresh_token', 'code']) {
      await tokenRequest(server, { grant_type: 'refresh_token', client_id: 'x', [field]: FORGED });
    }
    await tokenRequest(server, { grant_type: 'client_credentials' }, basic(encoded, 'x'));
    const { id, party } = await signedIn(server, { client: READS_ORDERS });
    for (const more of [
      { scope: `openid ${FORGED}` },
      { resource: FORGED },
      { response_mode: FORGED },
      { prompt: FORGED },
      { acr_values: FORGED, state: FORGED },
    ]) {
      await createAgent(server.issuer).browse((await authorizationRequest(party, more)).url.href);
    }
    const agent = createAgent(server.issuer);
    const page = await agent.browse((await authorizationRequest(party)).url.href);
    await agent.submit(page, 'login-submit', { login: FORGED, password: FORGED });
    await agent.submit(await agent.browse('/device'), 'device-continue', { user_code: FORGED });
    return id;
  }

  test('attack 42: every line of the log is one object, and says nothing that was put into it', async () => {
    const before = server.log.length;
    await attack();
    const lines = server.log.slice(before);
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) {
      expect(line.endsWith('\n') && line.indexOf('\n') === line.length - 1).toBe(true);
      expect(line).not.toMatch(UNPRINTABLE);
      expect(JSON.parse(line)).toMatchObject({
        level: expect.stringMatching(/^(info|warn)$/),
        msg: expect.not.stringContaining('forged'),
      });
      expect(JSON.parse(line).requestId ?? '').not.toBe('forged');
      for (const value of Object.values(JSON.parse(line)))
        expect(String(value)).not.toMatch(UNPRINTABLE);
    }
  });

  test('attack 42: nor do audit events hold what drives a terminal, nor does the list of them', async () => {
    await attack();
    for (const row of await auditRows()) {
      for (const value of [...Object.values(row), ...Object.values((row.detail ?? {}) as object)]) {
        expect(String(value)).not.toMatch(UNPRINTABLE);
      }
    }
    const { dataDir, databaseUrl, issuer } = server.services.config;
    const env = {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'test',
      DATA_DIR: dataDir,
      ISSUER: issuer,
      ...(databaseUrl && { DATABASE_URL: databaseUrl }),
    };
    // Names as nothing of ours lets them in, and another program at the database may.
    const { db } = server.services;
    await db.user.updateMany({ where: { login: MALLORY.login }, data: { name: FORGED } });
    await db.client.updateMany({ where: { builtIn: false }, data: { name: FORGED } });
    await db.api.updateMany({ data: { name: FORGED } });
    const lines = ['audit list', 'audit list --json', 'user list', 'user list --json'];
    for (const line of [...lines, 'client list', 'api list']) {
      const { stdout, status } = spawnSync(process.execPath, [CLI, ...line.split(' ')], {
        env,
        encoding: 'utf8',
      });
      expect([line, status, stdout.length > 50]).toEqual([line, 0, true]);
      expect(stdout).not.toMatch(UNPRINTABLE);
      expect(stdout).not.toMatch(/^\{"level":"error"/m);
    }
  }, 120_000);

  test('attack 42: no code path changes or deletes an event', async () => {
    const before = await auditRows();
    await attack();
    const after = new Map((await auditRows()).map((row) => [row.id, row]));
    for (const row of before) expect(after.get(row.id)).toEqual(row);
  });
});
