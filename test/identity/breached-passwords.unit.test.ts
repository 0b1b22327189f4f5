import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { createPasswordChecks } from '../../src/identity/passwords/password-checks.ts';

const ALICE = { login: 'alice' };
const BREACHED = 'café with nine bananas'; // typed in pieces below: what is hashed is what is looked up
const SUFFIX = hash('sha1', BREACHED, 'hex').toUpperCase().slice(5);
const PADDING = `${'0'.repeat(34)}F:0`;

type Answer = (response: ServerResponse) => void;

const requests: IncomingMessage[] = [];
const warnings: unknown[] = [];
const log = { warn: (...args: unknown[]) => void warnings.push(args) };
let answer: Answer;
let url: string;

const service = createServer((request, response) => {
  requests.push(request);
  answer(response);
});

beforeAll(async () => {
  await new Promise<void>((done) => service.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/range`;
});

beforeEach(() => {
  requests.length = 0;
  warnings.length = 0;
});

afterAll(async () => {
  service.closeAllConnections();
  await new Promise((done) => service.close(done));
});

const saying =
  (text: string): Answer =>
  (response) =>
    void response.end(text);

async function codeOf(password: string, env: Record<string, string> = {}) {
  const settings = { PASSWORD_BREACH_CHECK_URL: url, INSECURE_PRIVATE_ADDRESSES: 'true', ...env };
  const checks = createPasswordChecks({ config: readConfig(settings, '/project'), log });
  return (await checks.findFault(password, ALICE, 'alone'))?.code;
}

test('a breached password is refused, and the service learns five digits of forty', async () => {
  answer = saying(`${PADDING}\r\n${SUFFIX}:3\r\n${'A'.repeat(35)}:1`);
  expect(await codeOf(BREACHED.normalize('NFD'))).toBe('password_breached');

  expect(requests).toHaveLength(1);
  const [request] = requests;
  expect(request?.url).toMatch(/^\/range\/[0-9A-F]{5}$/);
  expect(request?.headers['add-padding']).toBe('true');
  expect(warnings).toEqual([]);
});

test.each([
  ['is in no breach', `${PADDING}\r\n${'A'.repeat(35)}:1`],
  ['is there as padding alone', `${SUFFIX}:0`],
  ['stands behind another count', `A:${SUFFIX}:1`],
])('a password that %s passes', async (_why, text) => {
  answer = saying(text);
  expect(await codeOf(BREACHED)).toBeUndefined();
  expect(warnings).toEqual([]);
});

const FAILURES: [string, Answer][] = [
  ['is down', (response) => void response.socket?.destroy()],
  ['fails', (response) => void response.writeHead(503).end(`${SUFFIX}:9`)],
  ['leads elsewhere', (response) => void response.writeHead(302, { location: url }).end()],
  ['never stops', (response) => void response.end('A'.repeat(2_000_000))],
  ['does not answer', () => undefined],
];

test.each(FAILURES)(
  'where the service %s, the password passes and the log says so',
  async (...row) => {
    [, answer] = row;
    const start = performance.now();
    expect(await codeOf(BREACHED)).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(4000);
    expect(warnings).toEqual([[expect.anything(), expect.stringContaining('breach check failed')]]);
    expect(JSON.stringify(warnings)).not.toContain(SUFFIX);
  },
);

test('nobody is asked unless it is set, nor about a password that is refused anyway', async () => {
  answer = saying(`${SUFFIX}:3`);
  expect(await codeOf(BREACHED, { PASSWORD_BREACH_CHECK_URL: '' })).toBeUndefined();
  expect(await codeOf('short')).toBe('password_too_short');
  expect(await codeOf('passwordpassword')).toBe('password_common');
  expect(await codeOf('PolniyPizdec0211')).toBe('password_common');
  expect(requests).toEqual([]);
});

test('a private address is asked only where that is allowed', async () => {
  answer = saying(`${SUFFIX}:3`);
  expect(await codeOf(BREACHED, { INSECURE_PRIVATE_ADDRESSES: '' })).toBeUndefined();
  expect(requests).toEqual([]);
  expect(warnings).toHaveLength(1);
});
