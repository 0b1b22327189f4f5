// How the load generator reaches a subject: keep-alive connections, one request on each at a time.
import { Pool } from 'undici';
import { REQUEST_TIMEOUT_MS } from './bench-plan.ts';
import type { Credentials } from './fixture.ts';

export type Headers = Record<string, string>;

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface Door {
  get(path: string, headers?: Headers): Promise<Answer>;
  post(path: string, form: Record<string, string>, headers?: Headers): Promise<Answer>;
  close(): Promise<void>;
}

/** @param connections how many requests can be under way */
export function openDoor(origin: string, connections: number): Door {
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    headersTimeout: REQUEST_TIMEOUT_MS,
    bodyTimeout: REQUEST_TIMEOUT_MS,
  });
  return {
    async get(path, headers = {}) {
      const {
        statusCode,
        headers: answered,
        body,
      } = await pool.request({ path, method: 'GET', headers });
      return { status: statusCode, headers: answered, text: await body.text() };
    },
    async post(path, form, headers = {}) {
      const sent = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
      const content = new URLSearchParams(form).toString();
      const request = { path, method: 'POST', headers: sent, body: content } as const;
      const { statusCode, headers: answered, body } = await pool.request(request);
      return { status: statusCode, headers: answered, text: await body.text() };
    },
    close: () => pool.destroy(),
  };
}

export function basic({ id, secret }: Credentials): Headers {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

/** The caller's address, as a proxy in front reports it: the subjects believe the bench. */
export function from(address: string): Headers {
  return { 'x-forwarded-for': address };
}

/** An answer other than the expected one fails the whole run: a fast refusal is no result. */
export function expectStatus(answer: Answer, ...expected: number[]): Answer {
  if (expected.includes(answer.status)) return answer;
  throw new Error(
    `${answer.status} instead of ${expected.join(' or ')}: ${answer.text.slice(0, 1_000)}`,
  );
}

/** The member of a JSON answer, which must be a text. */
export function textIn({ text }: Answer, member: string): string {
  const value: unknown = new Map(Object.entries(JSON.parse(text))).get(member);
  if (typeof value === 'string') return value;
  throw new Error(`no ${member} in ${text.slice(0, 1_000)}`);
}
