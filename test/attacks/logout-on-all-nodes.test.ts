// Attack 46: who logged out on one node is logged out on all of them, whatever those have read before.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { basic, bearer } from '../support/http.ts';
import { askNode, type Nodes, startNodes } from '../support/nodes.ts';
import { authorizationRequest } from '../support/relying-party.ts';
import { ALICE, createPerson } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

let nodes: Nodes;

beforeAll(async () => {
  nodes = await startNodes(2, { INSECURE_NO_RATE_LIMITS: 'true' });
  await createPerson(nodes, ALICE);
}, 60_000);

afterAll(() => nodes.close());

const world = () => signedIn(nodes, { type: 'web' });
type World = Awaited<ReturnType<typeof world>>;

/** What the other node makes of the session's cookies, the access token and the refresh token. */
async function onTheOtherNode({ agent, party, id, secret, accessToken }: World, refresh: string) {
  const [, node] = nodes.nodes;
  if (!node) throw new Error('no node');
  const { url } = await authorizationRequest(party, { prompt: 'none' });
  const cookie = agent.cookies
    .filter(({ path }) => path === '/')
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
  const signOn = await askNode(node, nodes.issuer, {
    path: url.pathname + url.search,
    headers: { cookie },
  });
  const callback = new URL(signOn.headers.location ?? '').searchParams;
  const userinfo = await askNode(node, nodes.issuer, {
    path: '/userinfo',
    headers: bearer(accessToken),
  });
  const refreshed = await askNode(node, nodes.issuer, {
    path: '/token',
    form: { grant_type: 'refresh_token', refresh_token: refresh },
    headers: basic(id, secret),
  });
  const { error, refresh_token } = JSON.parse(refreshed.text);
  return {
    next: String(refresh_token ?? refresh),
    seen: {
      signOn: callback.get('error') ?? 'a code',
      userinfo: userinfo.status,
      refresh: error ?? 'tokens',
    },
  };
}

test('attack 46: a logout on one node ends session and tokens on the other', async () => {
  const alice = await world();
  const elsewhere = await world();
  const stale = alice.agent.cookies.map((cookie) => ({ ...cookie }));
  const before = await onTheOtherNode(alice, alice.refreshToken);
  expect(before.seen).toEqual({ signOn: 'a code', userinfo: 200, refresh: 'tokens' });

  alice.agent.cookies.splice(0, alice.agent.cookies.length, ...stale);
  const page = await alice.agent.browse(oidc.buildEndSessionUrl(alice.party).href);
  const kept = alice.agent.cookies.map((cookie) => ({ ...cookie }));
  await alice.agent.submit(page, 'logout-confirm');
  alice.agent.cookies.splice(0, alice.agent.cookies.length, ...kept); // a thief has kept them

  const after = await onTheOtherNode(alice, before.next);
  expect(after.seen).toEqual({
    signOn: 'login_required',
    userinfo: 401,
    refresh: 'invalid_grant',
  });
  expect((await onTheOtherNode(elsewhere, elsewhere.refreshToken)).seen).toEqual(before.seen);
}, 60_000);
