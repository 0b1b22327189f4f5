// Tokens taken apart. A signature is checked with the keys that the server publishes, as an API would.
import { compactVerify, createRemoteJWKSet, decodeJwt, decodeProtectedHeader } from 'jose';
import type { Check, TokenPage } from '../http/playground-views.ts';
import { explainClaims, explainHeader } from './explained-parts.ts';
import type { FinishedLogin } from './playground-state.ts';

interface Reading {
  /** The server's key set. */
  jwks: URL;
  now: Date;
}

/** Every token of the login, with what it says and whether it is genuine. */
export async function describeTokens(
  login: FinishedLogin,
  { jwks, now }: Reading,
): Promise<TokenPage[]> {
  const { idToken, accessToken, refreshToken } = login;
  const keys = createRemoteJWKSet(jwks);
  const describe = async (token: Named): Promise<TokenPage> => ({
    ...token,
    ...(isJwt(token.raw) ? await anatomy(token.raw, { keys, now }) : OPAQUE),
  });
  return Promise.all([
    ...(idToken ? [describe({ ...ID_TOKEN, raw: idToken })] : []),
    describe({ ...ACCESS_TOKEN, detail: purposeOf(login), raw: accessToken }),
    ...(refreshToken ? [describe({ ...REFRESH_TOKEN, raw: refreshToken })] : []),
  ]);
}

/** An access token is for userinfo or for an API, never both: one with API permissions has no identity scopes. */
export function isForUserinfo({ accessToken, scope = '' }: FinishedLogin): boolean {
  return !isJwt(accessToken) && scope.split(' ').includes('openid');
}

const isJwt = (token: string) => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);

/** Whom the ID token names. */
export function subjectOf({ idToken }: FinishedLogin): string | undefined {
  return idToken ? decodeJwt(idToken).sub : undefined;
}

type Named = Pick<TokenPage, 'id' | 'title' | 'detail' | 'raw'>;

const ID_TOKEN = {
  id: 'id-token',
  title: 'ID token',
  detail:
    'Tells the application who signed in, and how. It is for the application alone and opens no API.',
};
const ACCESS_TOKEN = { id: 'access-token', title: 'Access token' };
const REFRESH_TOKEN = {
  id: 'refresh-token',
  title: 'Refresh token',
  detail:
    'Gets new tokens without the person. It is the most precious of the three, and only the server reads it.',
};

function purposeOf(login: FinishedLogin): string {
  if (isForUserinfo(login)) {
    return 'A random text that only the server can look up: good for userinfo, and it can be revoked at once.';
  }
  return isJwt(login.accessToken)
    ? 'For an API, which can check it without asking the server (RFC 9068). The application only passes it on.'
    : 'A random text for an API, which has to ask the server about it (RFC 7662). It can be revoked at once.';
}

const OPAQUE = { checks: [], header: [], payload: [] };

interface Keys {
  keys: ReturnType<typeof createRemoteJWKSet>;
  now: Date;
}

async function anatomy(token: string, { keys, now }: Keys) {
  const claims = decodeJwt(token);
  return {
    header: explainHeader({ ...decodeProtectedHeader(token) }),
    payload: explainClaims(claims, now),
    checks: [await checkSignature(token, keys), checkTime(claims.exp, now)],
  };
}

async function checkSignature(token: string, keys: Keys['keys']): Promise<Check> {
  try {
    const { protectedHeader } = await compactVerify(token, keys);
    return {
      passed: true,
      label: 'The signature is genuine',
      detail: `${protectedHeader.alg}, made with key ${protectedHeader.kid}, which the server publishes.`,
    };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { passed: false, label: 'The signature could not be verified', detail };
  }
}

function checkTime(exp: number | undefined, now: Date): Check {
  const passed = exp === undefined || exp * 1000 > now.getTime();
  return { passed, label: passed ? 'It has not expired' : 'It has expired' };
}
