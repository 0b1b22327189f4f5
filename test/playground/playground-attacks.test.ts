import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Agent, createAgent, formOf, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { makeRequest, pathOf, play, prepare, signIn, stateIn, text, tokenIn } from './player.ts';

let server: TestServer;
let agent: Agent;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' });
  await createPerson(server, ALICE);
});

afterAll(() => server.close());

beforeEach(() => {
  agent = createAgent(server.issuer);
});

/** As long as pages are made from what a client registered: nothing of it may become a tag. */
const tags = ({ body }: Page) => body.match(/<(script|img|svg)\b[^>]*>/g) ?? [];

test('an answer to another login is not redeemed', async () => {
  const { id } = await createTestClient(server, 'spa');
  await makeRequest(agent, id);

  for (const state of ['', '&state=forged']) {
    const iss = encodeURIComponent(server.issuer);
    const page = await agent.open(`/playground/callback?code=stolen&iss=${iss}${state}`);
    expect(page.status).toBe(400);
    expect(text(page)).toContain('The state is not the one we sent');
  }
  const elsewhere = await createAgent(server.issuer).open(
    '/playground/callback?code=stolen&state=forged',
  );
  expect(text(elsewhere)).toContain('No login is under way here');
});

test('an answer of another issuer is not redeemed (RFC 9207)', async () => {
  const { id } = await createTestClient(server, 'spa');
  const request = await makeRequest(agent, id);
  const state = stateIn(request);

  const page = await agent.open(
    `/playground/callback?code=mixed-up&state=${state}&iss=https%3A%2F%2Fevil.example`,
  );

  expect(page.status).toBe(400);
  expect(text(page)).toContain('The issuer is not the server we asked');
  expect(page.body).not.toContain('/token');
});

test('a callback that is reloaded does not send its code again', async () => {
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const done = await play(agent, id);

  const again = await agent.open(done.url);

  expect(again.status).toBe(400);
  expect(text(again)).toContain('No login is under way here');
  expect(text(await agent.submit(done, 'userinfo-submit'))).toContain('alice');
});

test('a wrong code is refused with the exchange to look at', async () => {
  const { id } = await createTestClient(server, 'spa');
  const request = await makeRequest(agent, id);
  const state = stateIn(request);

  const iss = encodeURIComponent(server.issuer);
  const page = await agent.open(`/playground/callback?code=made-up&state=${state}&iss=${iss}`);

  expect(text(page)).toContain('invalid_grant');
  expect(text(page)).toContain('400 Bad Request');
});

test('neither the verifier nor a secret nor a token can be read from a cookie or the log', async () => {
  const { id } = await createTestClient(server, 'web');
  const request = await makeRequest(agent, id);
  const verifier = /code_verifier[\s\S]*?<bdi>([\w-]+)</.exec(request.body)?.[1] ?? '';
  expect(verifier).toHaveLength(43);
  const cookies = agent.cookies.map(
    ({ value }) => Buffer.from(value, 'base64url').toString('latin1') + value,
  );
  expect(cookies.join()).not.toContain(verifier);

  const done = await signIn(agent, await agent.submit(request, 'playground-continue'));
  await agent.submit(done, 'refresh-submit');
  const log = server.log.join('\n');
  const code = /name="code"|code=([\w-]{20,})/.exec(text(done))?.[1] ?? 'none';
  for (const secret of [
    verifier,
    code,
    tokenIn(done, 'id-token'),
    tokenIn(done, 'access-token'),
    tokenIn(done, 'refresh-token'),
  ]) {
    expect(secret.length).toBeGreaterThan(20);
    expect(log).not.toContain(secret);
  }
});

test('tokens that were not sealed here are refused', async () => {
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const done = await play(agent, id);
  const { fields } = formOf(done.body, 'userinfo-submit');
  const run = String(fields['run']);

  for (const forged of ['', 'v1.AAAA', `${run.slice(0, -6)}AAAAAA`]) {
    const page = await agent.submit(done, 'userinfo-submit', { run: forged });
    expect(page.status).toBe(400);
    expect(text(page)).toContain('unknown_login');
  }
});

test('attack 22: every form is refused without its forgery token, with a wrong one and with another browser’s', async () => {
  const { id } = await createTestClient(server, 'web');
  const done = await play(agent, id);
  const { csrf: own, ...fields } = formOf(done.body, 'userinfo-submit').fields;
  const mallory = createAgent(server.issuer);
  const theirs = formOf((await play(mallory, id)).body, 'userinfo-submit').fields['csrf'] ?? '';
  expect(theirs).not.toBe(own);
  const forms = [
    '/playground/clients',
    `${pathOf(id)}/redirects`,
    `${pathOf(id)}/secrets`,
    `${pathOf(id)}/requests`,
    '/playground/request',
    '/playground/userinfo',
    '/playground/refresh',
    '/playground/introspection',
    '/playground/revocation',
  ];

  const { db } = server.services;
  const rows = async () => ({
    clients: await db.client.count(),
    secrets: await db.clientSecret.count(),
    redirects: (await db.client.findUnique({ where: { id } }))?.redirectUris,
    states: await db.protocolState.findMany({ select: { id: true, consumedAt: true } }),
  });
  const before = await rows();

  for (const path of forms) {
    for (const token of [{}, { csrf: '' }, { csrf: 'forged' }, { csrf: theirs }]) {
      const page = await agent.open(path, { ...fields, ...token });
      expect({ path, token, status: page.status }).toEqual({ path, token, status: 403 });
    }
  }
  expect(await rows()).toEqual(before);
  expect(text(await agent.submit(done, 'userinfo-submit'))).toContain('alice@example.com');
});

test('what a client calls itself stays text', async () => {
  const name = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
  const { id } = await createTestClient(server, 'spa', { name });
  const plain = await createTestClient(server, 'spa');

  const pages = [
    await agent.browse('/playground'),
    await prepare(agent, id),
    await play(agent, id),
  ];
  const others = [
    await agent.browse('/playground'),
    await prepare(agent, plain.id),
    await play(agent, plain.id),
  ];

  expect(pages.map(tags)).toEqual(others.map(tags));
  const answer = await agent.open(`/playground?state=${encodeURIComponent(name)}`);
  expect(tags(answer)).toEqual(tags(pages[0] ?? answer));
});

test('what comes back with the browser stays text', async () => {
  const { id } = await createTestClient(server, 'spa');
  const request = await makeRequest(agent, id);
  const state = stateIn(request);
  const payload = '<script>alert(1)</script>';
  const query = new URLSearchParams({
    state,
    iss: server.issuer,
    error: payload,
    error_description: payload,
    [payload]: payload,
  });

  const page = await agent.open(`/playground/callback?${query.toString()}`);

  expect(page.status).toBe(400);
  expect(tags(page)).toHaveLength(1); // the mark
  const twice = await agent.open(`/playground/callback?state=a&state=b`);
  expect(twice.status).toBe(400);
});
