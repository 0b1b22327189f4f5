// What an attacker is after: codes, tokens and sessions of a person at an application.
import type { NewClient } from '../../src/protocol/clients/new-client.ts';
import { createAgent } from './agent.ts';
import { createTestClient } from './clients.ts';
import { postForm } from './http.ts';
import {
  authorizationRequest,
  authorize,
  CALLBACK,
  relyingParty,
  signInAndFetchTokens,
} from './relying-party.ts';
import { ALICE, type TestServer } from './server.ts';

type Served = Pick<TestServer, 'services' | 'issuer'>;

interface Wanted {
  type?: NewClient['type'];
  client?: Partial<NewClient>;
  parameters?: Record<string, string>;
  person?: typeof ALICE;
}

/** A client and a person who is signed in at it, with fresh tokens. */
export async function signedIn(
  server: Served,
  { type = 'spa', client = {}, parameters = {}, person = ALICE }: Wanted = {},
) {
  const { id, secret } = await createTestClient(server, type, client);
  const party = await relyingParty(server.issuer, id, secret || undefined);
  const result = await signInAndFetchTokens(party, person, { parameters });
  const {
    access_token: accessToken,
    refresh_token: refreshToken = '',
    id_token: idToken = '',
  } = result.tokens;
  return { id, secret, party, ...result, accessToken, refreshToken, idToken };
}

/** An authorization code that nobody has redeemed yet. */
export async function authorizedCode(
  server: Served,
  { type = 'spa', client = {}, parameters = {} }: Wanted = {},
) {
  const { id, secret } = await createTestClient(server, type, client);
  const party = await relyingParty(server.issuer, id, secret || undefined);
  const request = await authorizationRequest(party, parameters);
  const agent = createAgent(server.issuer);
  const callback = await authorize(agent, request.url, ALICE);
  const code = callback.searchParams.get('code') ?? '';
  const form = {
    grant_type: 'authorization_code',
    client_id: id,
    code,
    redirect_uri: CALLBACK,
    code_verifier: request.verifier,
  };
  return { id, secret, party, request, agent, callback, code, form };
}

export const tokenRequest = (
  server: Served,
  form: Record<string, string>,
  headers?: Record<string, string>,
) => postForm(`${server.issuer}/token`, form, headers);

export const refreshRequest = (
  server: Served,
  clientId: string,
  refreshToken: string,
  more: Record<string, string> = {},
) =>
  tokenRequest(server, {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: refreshToken,
    ...more,
  });
