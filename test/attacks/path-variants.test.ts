// What is decided by the path of a request must hold for every path that the provider would answer.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAgent } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { basic, postForm } from '../support/http.ts';
import {
  authorizationRequest,
  authorize,
  CALLBACK,
  relyingParty,
} from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.close());

const VARIANTS = (path: string) => [
  `${path}/`,
  `${path}//`,
  path.toUpperCase(),
  `${path.slice(0, -1)}${path.at(-1)?.toUpperCase()}`,
  `/${path}`,
  `${path};x=1`,
  path.replace(/.$/, (last) => `%${last.charCodeAt(0).toString(16)}`),
];
const PATHS = [
  '/token',
  '/auth',
  '/userinfo',
  '/introspect',
  '/revoke',
  '/par',
  '/device_authorization',
  '/device',
  '/logout',
  '/logout/confirm',
  '/jwks',
  '/.well-known/openid-configuration',
];

test.each(PATHS)('attack 1: no variant of %s is answered', async (path) => {
  for (const variant of VARIANTS(path)) {
    for (const method of ['GET', 'POST']) {
      const { status } = await fetch(`${server.issuer}${variant}`, {
        method,
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        ...(method === 'POST' && { body: 'grant_type=client_credentials' }),
      });
      expect({ variant, method, status }).toEqual({ variant, method, status: 404 });
    }
  }
});

test('attack 7: a slash behind /token does not make a code good twice', async () => {
  await createPerson(server, ALICE);
  const { id, secret } = await createTestClient(server, 'web', { firstParty: true });
  const request = await authorizationRequest(await relyingParty(server.issuer, id, secret));
  const callback = await authorize(createAgent(server.issuer), request.url, ALICE);
  const redeem = async (path: string) => {
    const { status } = await postForm(
      `${server.issuer}${path}`,
      {
        grant_type: 'authorization_code',
        code: callback.searchParams.get('code') ?? '',
        redirect_uri: CALLBACK,
        code_verifier: request.verifier,
      },
      basic(id, secret),
    );
    return status;
  };

  expect([await redeem('/token/'), await redeem('/TOKEN')]).toEqual([404, 404]);
  expect([await redeem('/token'), await redeem('/token')]).toEqual([200, 400]);
});
