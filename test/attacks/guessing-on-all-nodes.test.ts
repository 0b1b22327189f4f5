// Attack 28: guessing at several nodes at a time. They share what they count, and what they know of a browser.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Agent, createAgent, formOf } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { askNode, type Nodes, startNodes } from '../support/nodes.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson } from '../support/server.ts';

const WRONG = { login: 'alice', password: 'not the password of alice' };
let nodes: Nodes;

beforeAll(async () => {
  nodes = await startNodes(2, { TRUSTED_PROXIES: '127.0.0.1' });
  await createPerson(nodes, ALICE);
}, 60_000);

afterAll(() => nodes.close());

/** Sends the sign-in form of one browser to whichever node. */
async function formIn(agent: Agent) {
  const { id } = await createTestClient(nodes, 'spa');
  const party = await relyingParty(nodes.issuer, id);
  const { url } = await authorizationRequest(party, { prompt: 'login' });
  const { action, fields } = formOf((await agent.browse(url.href)).body, 'login-submit');
  const { csrf } = fields;
  const cookie = agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  return async (index: number, person: typeof ALICE, address: string) => {
    const node = nodes.nodes[index];
    if (!node) throw new Error('no such node');
    const headers = { cookie, origin: nodes.issuer, 'x-forwarded-for': address };
    const form = { csrf: String(csrf), ...person };
    const path = new URL(action, nodes.issuer).pathname;
    return askNode(node, nodes.issuer, {
      path,
      form,
      headers: { ...headers, 'x-forwarded-proto': 'http' },
    });
  };
}

async function triedBefore(name: string, times: number): Promise<void> {
  await nodes.services.db.rateLimit.updateMany({
    where: { key: { startsWith: `${name}:` } },
    data: { points: times },
  });
}

test('attack 28: nodes count one guesser together, and one delay holds on all of them', async () => {
  const send = await formIn(createAgent(nodes.issuer));
  expect((await send(0, WRONG, '192.0.2.1')).status).toBe(401);
  await triedBefore('signInByAccountAndAddress', 10);
  const all = await Promise.all(
    Array.from({ length: 12 }, (_, i) => send(i % 2, WRONG, '192.0.2.1')),
  );
  expect(all.filter(({ status }) => status === 401)).toHaveLength(1);

  for (const node of [0, 1]) {
    const late = await send(node, ALICE, '192.0.2.1');
    expect(late.status).toBe(429);
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(30);
  }
});

test('attack 28: what was guessed at the one node is known at the other, and so is the browser of the person', async () => {
  const login = await formIn(createAgent(nodes.issuer));
  const { status, headers } = await login(0, ALICE, '203.0.113.1');
  expect(status).toBe(303);
  const value = /latchkey_device=([^;]+)/.exec(String(headers['set-cookie']))?.[1] ?? '';
  const home = createAgent(nodes.issuer);
  home.cookies.push({ name: 'latchkey_device', value, path: '/' });

  const send = await formIn(createAgent(nodes.issuer));
  await send(0, WRONG, '192.0.2.2');
  await triedBefore('signInByAccount', 60);
  expect((await send(0, WRONG, '192.0.2.3')).status).toBe(401);
  expect((await send(1, ALICE, '192.0.2.4')).status).toBe(429);

  const again = await formIn(home);
  expect((await again(1, ALICE, '192.0.2.5')).status).toBe(303);
});
