// What every member of a request, an answer and a token is for, in a line each.
import type { Part } from '../http/playground-views.ts';

/** RFC 6749, RFC 7636, RFC 8707, RFC 9126, OpenID Connect Core §3.1.2.1. */
const REQUEST: Record<string, string> = {
  client_id: 'Who asks.',
  redirect_uri:
    'Where the browser is sent with the answer: it must be registered, letter for letter.',
  response_type:
    'What the browser brings back: a code. Tokens never travel through the browser’s address bar.',
  response_mode: 'How it brings the code: form_post sends it in a form instead of the URL.',
  scope: 'What is asked for: openid makes it a sign-in, the others open data or permissions.',
  state: 'Random. It comes back with the answer, and shows that this browser started the login.',
  nonce: 'Random. It comes back inside the ID token, which so can’t be one from another login.',
  code_challenge: 'The SHA-256 of the verifier: whoever redeems the code must know the verifier.',
  code_challenge_method: 'How the challenge was made; S256 is the only way accepted.',
  resource: 'Which API the access token is for (RFC 8707).',
  prompt: 'What to ask the person even if it isn’t needed, or with none: nothing.',
  request_uri: 'Stands for the parameters that were sent ahead (RFC 9126).',
};

/** RFC 6749 §4.1.2, RFC 9207. */
const ANSWER: Record<string, string> = {
  code: 'Good for one redemption, soon, and worth nothing without the verifier.',
  state: 'What we sent, come back.',
  iss: 'Which server answers (RFC 9207): a login started with one can’t be finished with another.',
  error: 'Why there is no code.',
  error_description: 'The same for developers.',
};

/** OpenID Connect RP-Initiated Logout §2. */
const LOGOUT: Record<string, string> = {
  client_id: 'Who asks.',
  id_token_hint: 'The ID token, expired or not: it says whose session is to end.',
  post_logout_redirect_uri: 'Where the browser comes back to: it must be registered too.',
  state: 'Comes back with the browser.',
};

/** RFC 7515 §4, RFC 9068 §2.1. */
const HEADER: Record<string, string> = {
  alg: 'How it is signed.',
  typ: 'What kind of token this is: one kind can’t pass for another.',
  kid: 'Which of the server’s published keys signed it.',
};

/** RFC 7519 §4.1, RFC 9068 §2.2, OpenID Connect Core §2 and §5.1. */
const CLAIMS: Record<string, string> = {
  iss: 'Who issued it.',
  sub: 'The person, by a number that never changes.',
  aud: 'Whom it is for: everybody else must refuse it.',
  azp: 'The application it was issued to.',
  exp: 'When it ends.',
  iat: 'When it was issued.',
  nbf: 'When it begins.',
  jti: 'The number of this token.',
  nonce: 'The nonce of the request.',
  auth_time: 'When the person signed in.',
  acr: 'How strong that sign-in was.',
  amr: 'How the person signed in; pwd is a password.',
  sid: 'The browser session, for back-channel logout.',
  at_hash: 'Ties the ID token to its access token.',
  client_id: 'The application it was issued to.',
  scope: 'What it permits.',
  cnf: 'The key that must be shown along with it.',
  name: 'The person’s name.',
  preferred_username: 'What the person signs in with.',
  email: 'The person’s email address.',
  email_verified: 'Whether the person has shown that the address is theirs.',
  updated_at: 'When the person’s data last changed.',
};

export const explainRequest = (url: URL): Part[] =>
  explained(Object.fromEntries(url.searchParams), REQUEST);

export const explainAnswer = (answer: Record<string, string>): Part[] => explained(answer, ANSWER);

export const explainLogout = (url: URL): Part[] =>
  explained(Object.fromEntries(url.searchParams), LOGOUT);

export const explainHeader = (header: Record<string, unknown>): Part[] => explained(header, HEADER);

/** @param now times are also told relative to it */
export function explainClaims(claims: Record<string, unknown>, now: Date): Part[] {
  return explained(claims, CLAIMS).map((part) => {
    const value = claims[part.name];
    const isTime = TIMES.has(part.name) && typeof value === 'number';
    return isTime ? { ...part, value: `${value} (${timeInWords(value, now)})` } : part;
  });
}

const TIMES = new Set(['exp', 'iat', 'nbf', 'auth_time', 'updated_at']);

function explained(members: Record<string, unknown>, meanings: Record<string, string>): Part[] {
  return Object.entries(members).map(([name, value]) => {
    const detail = Object.hasOwn(meanings, name) ? meanings[name] : undefined;
    return { name, value: inText(value), ...(detail && { detail }) };
  });
}

const inText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;
const SECONDS = ['second', 1] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/** @param seconds since 1970 */
export function timeInWords(seconds: number, now: Date): string {
  const at = new Date(seconds * 1000);
  if (Number.isNaN(at.getTime())) return 'no time';

  const away = Math.round(seconds - now.getTime() / 1000);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(away) >= 0.99 * length) ?? SECONDS;
  const clock = at.toISOString().replace('T', ' ').slice(0, 19);
  return `${clock} UTC, ${relative.format(Math.round(away / size), unit)}`;
}
