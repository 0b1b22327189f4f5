// A person at a browser, as far as a load generator needs one: cookies, redirects one at a time, the forms of the pages.
import { createHash } from 'node:crypto';
import { formOf } from '../test/support/agent.ts';
import { assert, type SecurityKey } from '../test/support/security-key.ts';
import { type Answer, basic, type Door, expectStatus, from, textIn } from './door.ts';
import { CALLBACK, type Credentials, IDENTITY, type Person } from './fixture.ts';

export interface Visitor {
  get(path: string): Promise<Answer>;
  post(path: string, form: Record<string, string>): Promise<Answer>;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

interface Cookie {
  name: string;
  value: string;
  path: string;
}

const VERIFIER = 'one-verifier-is-enough-for-a-load-that-nobody-attacks';
const AUTHORIZATION = {
  response_type: 'code',
  redirect_uri: CALLBACK,
  scope: IDENTITY,
  state: 'state',
  code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
  code_challenge_method: 'S256',
};
const MOST_STEPS = 10;

/** Without any cookie yet; every visitor has an address of its own. */
export function createVisitor(door: Door, origin: string): Visitor {
  const address = nextAddress();
  let cookies: Cookie[] = [];
  const headersFor = (path: string) => {
    const sent = cookies.filter((cookie) => path.startsWith(cookie.path));
    const cookie = sent.map(({ name, value }) => `${name}=${value}`).join('; ');
    return { ...from(address), accept: 'text/html', cookie };
  };
  const keep = (answer: Answer) => {
    for (const line of [answer.headers['set-cookie'] ?? []].flat())
      cookies = withCookie(cookies, line);
    return answer;
  };

  return {
    get: async (path) => keep(await door.get(path, headersFor(path))),
    post: async (path, form) => keep(await door.post(path, form, { ...headersFor(path), origin })),
  };
}

export function authorizationPath({ id }: Credentials): string {
  return `/auth?${new URLSearchParams({ ...AUTHORIZATION, client_id: id }).toString()}`;
}

/** Goes through the pages, signing in and agreeing where asked, and answers the code that the application is given. */
export function fetchCode(visitor: Visitor, web: Credentials, person: Person): Promise<string> {
  return walk(visitor, web, (page) => fillIn(visitor, page, person));
}

/** The same with a passkey alone, as the script of the sign-in page does it. */
export function fetchCodeByPasskey(
  visitor: Visitor,
  web: Credentials,
  { key, origin }: { key: SecurityKey; origin: string },
): Promise<string> {
  return walk(visitor, web, async (page) => {
    if (!page.text.includes('id="passkey-submit"')) return agree(visitor, page);
    const { action, fields } = formOf(page.text, 'passkey-submit');
    const options = expectStatus(await visitor.get(`${action}-options`), 200);
    const ceremony = { challenge: textIn(options, 'challenge'), rpId: textIn(options, 'rpId') };
    return visitor.post(action, {
      ...flat(fields),
      credential: assert(key, { ...ceremony, origin }),
    });
  });
}

async function walk(
  visitor: Visitor,
  web: Credentials,
  fill: (page: Answer) => Promise<Answer>,
): Promise<string> {
  let answer = await visitor.get(authorizationPath(web));
  for (let step = 0; step < MOST_STEPS; step++) {
    const location = locationOf(answer);
    if (location?.startsWith(CALLBACK)) return codeIn(location);
    answer = location ? await visitor.get(pathOf(location)) : await fill(answer);
  }
  throw new Error('the pages lead nowhere');
}

/** The login page of a new authorization request. */
export async function openLoginPage(visitor: Visitor, web: Credentials): Promise<Answer> {
  let answer = await visitor.get(authorizationPath(web));
  for (let step = 0; step < MOST_STEPS; step++) {
    const location = locationOf(answer);
    if (!location) return expectStatus(answer, 200);
    answer = await visitor.get(pathOf(location));
  }
  throw new Error('there is no login page');
}

export async function redeem(door: Door, web: Credentials, code: string): Promise<Tokens> {
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
  };
  const answer = expectStatus(await door.post('/token', form, basic(web)), 200);
  textIn(answer, 'id_token');
  return {
    accessToken: textIn(answer, 'access_token'),
    refreshToken: textIn(answer, 'refresh_token'),
  };
}

/** What the login form of the page sends, filled in by the person. */
export function loginForm(page: Answer, person: Person) {
  const { action, fields } = formOf(page.text, 'login-submit');
  return { action, fields: { ...flat(fields), ...person } };
}

function fillIn(visitor: Visitor, page: Answer, person: Person): Promise<Answer> {
  expectStatus(page, 200);
  if (page.text.includes('id="login-submit"')) {
    const { action, fields } = loginForm(page, person);
    return visitor.post(action, fields);
  }
  return agree(visitor, page);
}

function agree(visitor: Visitor, page: Answer): Promise<Answer> {
  const { action, fields } = formOf(expectStatus(page, 200).text, 'consent-allow');
  return visitor.post(action, flat(fields));
}

function flat(fields: Record<string, string | string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, [value].flat().join(' ')]),
  );
}

function locationOf(answer: Answer): string | undefined {
  if (answer.status !== 303 && answer.status !== 302) return undefined;
  return [answer.headers['location']].flat()[0];
}

function pathOf(location: string): string {
  const { pathname, search } = new URL(location, 'http://127.0.0.1');
  return `${pathname}${search}`;
}

function codeIn(location: string): string {
  const code = new URL(location).searchParams.get('code');
  if (code) return code;
  throw new Error(`no code in ${location}`);
}

function withCookie(cookies: Cookie[], line: string): Cookie[] {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const [name = '', value = ''] = pair.split(/=(.*)/);
  const path = attributes.find((one) => /^path=/i.test(one))?.slice('path='.length) ?? '/';
  const others = cookies.filter((cookie) => cookie.name !== name || cookie.path !== path);
  return value === '' ? others : [...others, { name, value, path }];
}

let addresses = 0;

function nextAddress(): string {
  addresses += 1;
  return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`;
}
