// What is measured: for each case, one request (or flow) of a worker, after whatever must be there before.
import { basic, type Door, expectStatus, textIn } from './door.ts';
import { type Fixture, ORDERS_READ, type Person } from './fixture.ts';
import type { Subject } from './subject.ts';
import { createVisitor, fetchCode, redeem, type Tokens, type Visitor } from './visitor.ts';

export interface Target extends Fixture {
  subject: Subject;
  door: Door;
}

/** One request or flow of the worker with that number; throws when the answer is not the expected one. */
export type Work = (worker: number) => Promise<unknown>;

export type CaseName = keyof typeof CASES;

type Preparation = (target: Target, workers: number) => Promise<Work>;

export const CASES = {
  client_credentials: async (target) => () => fetchServiceToken(target),

  code_flow: async (target, workers) => {
    const signedIn = await everyWorker(workers, (worker) =>
      signIn(target, personFor(target, worker)),
    );
    return async (worker) => {
      const { visitor, person } = at(signedIn, worker);
      return redeem(target.door, target.web, await fetchCode(visitor, target.web, person));
    };
  },

  code_flow_with_password: async (target) => {
    let flows = 0;
    return async () => {
      const person = personFor(target, flows++);
      const visitor = createVisitor(target.door, target.subject.origin);
      return redeem(target.door, target.web, await fetchCode(visitor, target.web, person));
    };
  },

  refresh: async (target, workers) => {
    const held = await everyWorker(workers, (worker) => fetchTokens(target, worker));
    return async (worker) => {
      held[worker] = await refresh(target, at(held, worker));
    };
  },

  introspection: async (target, workers) => {
    const held = await everyWorker(workers, (worker) => fetchTokens(target, worker));
    const headers = basic(target.web);
    return async (worker) => {
      const form = { token: at(held, worker).accessToken, token_type_hint: 'access_token' };
      const answer = expectStatus(await target.door.post('/introspect', form, headers), 200);
      if (!answer.text.includes('"active":true')) throw new Error(`introspection: ${answer.text}`);
    };
  },

  userinfo: async (target, workers) => {
    const held = await everyWorker(workers, (worker) => fetchTokens(target, worker));
    return async (worker) => {
      const headers = { authorization: `Bearer ${at(held, worker).accessToken}` };
      textIn(expectStatus(await target.door.get('/userinfo', headers), 200), 'sub');
    };
  },
} satisfies Record<string, Preparation>;

/** What the bare Koa server does in every case. */
export async function barePost({ door, service }: Target): Promise<Work> {
  const headers = basic(service);
  return async () =>
    textIn(expectStatus(await door.post('/token', SERVICE_REQUEST, headers), 200), 'scope');
}

const SERVICE_REQUEST = { grant_type: 'client_credentials', scope: ORDERS_READ };

/** A JWT for the API. */
export async function fetchServiceToken({
  door,
  service,
}: Pick<Target, 'door' | 'service'>): Promise<void> {
  const answer = expectStatus(await door.post('/token', SERVICE_REQUEST, basic(service)), 200);
  if (textIn(answer, 'access_token').split('.').length !== 3)
    throw new Error(`no JWT: ${answer.text}`);
}

export function personFor({ people }: Fixture, number: number): Person {
  return at(people, number % people.length);
}

async function signIn({ door, subject, web }: Target, person: Person) {
  const visitor: Visitor = createVisitor(door, subject.origin);
  return { visitor, person, code: await fetchCode(visitor, web, person) };
}

async function fetchTokens(target: Target, worker: number): Promise<Tokens> {
  const { code } = await signIn(target, personFor(target, worker));
  return redeem(target.door, target.web, code);
}

async function refresh({ door, web }: Target, { refreshToken }: Tokens): Promise<Tokens> {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
  const answer = expectStatus(await door.post('/token', form, basic(web)), 200);
  const tokens = {
    accessToken: textIn(answer, 'access_token'),
    refreshToken: textIn(answer, 'refresh_token'),
  };
  if (tokens.refreshToken === refreshToken) throw new Error('the refresh token was not rotated');
  return tokens;
}

function everyWorker<T>(workers: number, make: (worker: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: workers }, (_, worker) => make(worker)));
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new Error(`there is no ${index}`);
  return value;
}
