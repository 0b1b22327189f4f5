// The playground as a relying party: the one place that uses openid-client. It is given a client of this server and
// talks to the server over HTTP like any other application, so that what it shows is what an application sees.
import * as oidc from 'openid-client';
import type { ExchangeText } from '../http/playground-views.ts';
import type { RegisteredClient } from '../protocol/clients/registered-client.ts';
import type { FinishedLogin, PendingLogin } from './playground-state.ts';
import { recordingFetch } from './recorded-exchange.ts';

const TIMEOUT_SECONDS = 10;

export interface RelyingParty {
  client: RegisteredClient;
  configuration: oidc.Configuration;
  callback: string;
  home: string;
  /** What was sent since discovery, in order. */
  exchanges: ExchangeText[];
}

/**
 * Discovers the server as that client.
 * @param secret none for a public client
 * @throws what `explainFailure` explains
 */
export async function connect(
  issuer: string,
  client: RegisteredClient,
  secret: string | undefined,
): Promise<RelyingParty> {
  const configuration = await oidc.discovery(
    new URL(issuer),
    client.id,
    undefined,
    authentication(client, secret),
    {
      timeout: TIMEOUT_SECONDS,
      execute: [
        oidc.enableNonRepudiationChecks,
        ...(issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : []),
      ],
    },
  );
  const exchanges: ExchangeText[] = [];
  configuration[oidc.customFetch] = recordingFetch(exchanges);
  return { client, configuration, exchanges, ...urisOf(issuer) };
}

/** Where a client must allow this server to send the browser, to be played here. */
export function urisOf(issuer: string): { callback: string; home: string } {
  return { callback: `${issuer}/playground/callback`, home: `${issuer}/playground` };
}

function authentication({ tokenEndpointAuthMethod: method }: RegisteredClient, secret = '') {
  if (method === 'none') return oidc.None();
  return method === 'client_secret_post'
    ? oidc.ClientSecretPost(secret)
    : oidc.ClientSecretBasic(secret);
}

export type Choices = Pick<PendingLogin, 'scope' | 'resource' | 'prompt' | 'responseMode'>;

/** The values that only this login has. The nonce comes back in the ID token, if there is to be one. */
export function newLogin(
  client: RegisteredClient,
  choices: Choices,
  expiresAt: Date,
): PendingLogin {
  const scope = choices.scope || client.defaultScope;
  return {
    clientId: client.id,
    ...choices,
    verifier: oidc.randomPKCECodeVerifier(),
    state: oidc.randomState(),
    ...(scope.split(' ').includes('openid') && { nonce: oidc.randomNonce() }),
    expiresAt: expiresAt.getTime(),
  };
}

export function challengeOf({ verifier }: PendingLogin): Promise<string> {
  return oidc.calculatePKCECodeChallenge(verifier);
}

/** The authorization request with all its parameters in the URL. */
export async function authorizationUrl(party: RelyingParty, login: PendingLogin): Promise<URL> {
  return oidc.buildAuthorizationUrl(party.configuration, await parametersOf(party, login));
}

/** The same, its parameters sent ahead, so that the URL only refers to them (RFC 9126). */
export async function pushedUrl(party: RelyingParty, login: PendingLogin): Promise<URL> {
  return oidc.buildAuthorizationUrlWithPAR(party.configuration, await parametersOf(party, login));
}

async function parametersOf({ client, callback }: RelyingParty, login: PendingLogin) {
  const { state, nonce, scope, resource, prompt, responseMode } = login;
  return {
    client_id: client.id,
    response_type: 'code',
    redirect_uri: callback,
    ...(scope && { scope }),
    state,
    ...(nonce && { nonce }),
    code_challenge: await challengeOf(login),
    code_challenge_method: 'S256',
    ...(resource && { resource }),
    ...(prompt && { prompt }),
    ...(responseMode === 'form_post' && { response_mode: responseMode }),
  };
}

/**
 * Redeems the code of an answer (RFC 6749 §4.1.3), after checking its state and issuer; the ID token's signature,
 * issuer, audience, nonce and times are checked before it is believed.
 */
export async function redeem(
  party: RelyingParty,
  login: PendingLogin,
  answer: Record<string, string>,
): Promise<FinishedLogin> {
  const { verifier, state, nonce, resource } = login;
  const url = new URL(party.callback);
  url.search = new URLSearchParams(answer).toString();
  const tokens = await oidc.authorizationCodeGrant(
    party.configuration,
    url,
    {
      pkceCodeVerifier: verifier,
      expectedState: state,
      ...(nonce !== undefined && { expectedNonce: nonce, idTokenExpected: true }),
    },
    { ...(resource && { resource }) },
  );
  return finished(party, tokens, { ...(resource && { resource }) });
}

/** @returns the login with what was renewed; what the answer leaves out stays as it was */
export async function refresh(party: RelyingParty, login: FinishedLogin): Promise<FinishedLogin> {
  const { refreshToken = '', resource } = login;
  const parameters = { ...(resource && { resource }) };
  const tokens = await oidc.refreshTokenGrant(party.configuration, refreshToken, parameters);
  return finished(party, tokens, login);
}

function finished(
  { client }: RelyingParty,
  tokens: oidc.TokenEndpointResponse,
  before: Partial<FinishedLogin>,
): FinishedLogin {
  return {
    ...before,
    clientId: client.id,
    accessToken: tokens.access_token,
    ...(tokens.id_token !== undefined && { idToken: tokens.id_token }),
    ...(tokens.refresh_token !== undefined && { refreshToken: tokens.refresh_token }),
    ...(tokens.scope !== undefined && { scope: tokens.scope }),
  };
}

/** @param subject whom the ID token named; userinfo about another is an error (OpenID Connect Core §5.3.2) */
export async function askUserinfo(
  { configuration }: RelyingParty,
  { accessToken }: FinishedLogin,
  subject: string | undefined,
): Promise<void> {
  await oidc.fetchUserInfo(configuration, accessToken, subject ?? oidc.skipSubjectCheck);
}

export type TokenKind = 'access_token' | 'refresh_token';

/** RFC 7662. */
export async function introspect(party: RelyingParty, login: FinishedLogin, kind: TokenKind) {
  await oidc.tokenIntrospection(party.configuration, tokenOf(login, kind), {
    token_type_hint: kind,
  });
}

/** RFC 7009. */
export async function revoke(party: RelyingParty, login: FinishedLogin, kind: TokenKind) {
  await oidc.tokenRevocation(party.configuration, tokenOf(login, kind), { token_type_hint: kind });
}

const tokenOf = ({ accessToken, refreshToken }: FinishedLogin, kind: TokenKind) =>
  (kind === 'access_token' ? accessToken : refreshToken) ?? '';

/** The logout request (OpenID Connect RP-Initiated Logout): the browser goes there and comes back to `home`. */
export function logoutUrl({ configuration, home }: RelyingParty, { idToken }: FinishedLogin): URL {
  return oidc.buildEndSessionUrl(configuration, {
    ...(idToken && { id_token_hint: idToken }),
    post_logout_redirect_uri: home,
    state: 'signed-out',
  });
}

/** @throws Error when the discovery document has none */
export function jwksUrl({ configuration }: RelyingParty): URL {
  return new URL(configuration.serverMetadata().jwks_uri ?? '');
}

export function pushedEndpoint({ configuration }: RelyingParty): string {
  return configuration.serverMetadata().pushed_authorization_request_endpoint ?? '';
}
