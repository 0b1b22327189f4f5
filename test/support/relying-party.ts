// A relying party: openid-client as an application would use it, and a person who signs in for it.
import * as oidc from 'openid-client';
import { type Agent, createAgent, locationOf, type Page } from './agent.ts';

export const CALLBACK = 'https://app.example.com/callback';

export interface Login {
  login: string;
  password: string;
}

/** Discovers the server and makes a client of it. */
export function relyingParty(
  issuer: string,
  clientId: string,
  auth?: string | oidc.ClientAuth,
  metadata?: Partial<oidc.ClientMetadata>,
): Promise<oidc.Configuration> {
  const method = typeof auth === 'string' ? oidc.ClientSecretBasic(auth) : (auth ?? oidc.None());
  return oidc.discovery(new URL(issuer), clientId, metadata, method, {
    execute: [oidc.allowInsecureRequests],
  });
}

export interface AuthorizationRequest {
  url: URL;
  verifier: string;
  state: string;
  nonce: string;
}

/** An authorization request with PKCE, state and nonce. */
export async function authorizationRequest(
  party: oidc.Configuration,
  parameters: Record<string, string> = {},
): Promise<AuthorizationRequest> {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(party, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...parameters,
  });
  return { url, verifier, state, nonce };
}

/** Goes through the pages as a person who agrees to everything, and answers the URL the application is called back at. */
export async function authorize(agent: Agent, url: URL, person: Login): Promise<URL> {
  let page = await agent.browse(url.href);
  if (page.body.includes('id="login-submit"'))
    page = await agent.submit(page, 'login-submit', { ...person });
  if (page.body.includes('id="consent-allow"')) page = await agent.submit(page, 'consent-allow');
  return callbackOf(page);
}

export function callbackOf(page: Page): URL {
  const location = locationOf(page);
  if (!location)
    throw new Error(
      `no redirect to the application: ${page.status} ${page.url} ${page.body.slice(0, 3000)}`,
    );
  return new URL(location);
}

/** The whole way: sign-in, consent, code, tokens. */
export async function signInAndFetchTokens(
  party: oidc.Configuration,
  person: Login,
  options: { parameters?: Record<string, string>; agent?: Agent } = {},
) {
  const agent = options.agent ?? createAgent(party.serverMetadata().issuer);
  const request = await authorizationRequest(party, options.parameters);
  const callback = await authorize(agent, request.url, person);
  const tokens = await redeem(party, callback, request);
  return { agent, callback, request, tokens };
}

export function redeem(
  party: oidc.Configuration,
  callback: URL,
  { verifier, state, nonce }: AuthorizationRequest,
) {
  return oidc.authorizationCodeGrant(party, callback, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
}
