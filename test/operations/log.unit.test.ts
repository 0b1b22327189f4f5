import { expect, test } from '@jest/globals';
import { createLogger } from '../../src/operations/log.ts';
import { inRequest } from '../../src/operations/request-scope.ts';

const lines: string[] = [];
const log = createLogger({ logLevel: 'info' }, { write: (line: string) => void lines.push(line) });
const last = () => JSON.parse(lines.at(-1) ?? '');

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlc2lnbmF0dXJl';
const OPAQUE = 'sVxS8mVpLb2gJ8ddx2DkqkzQSqOQ8Jd4vQ3pXb0y_Zk';

test('a line is one JSON object with level, time and message', () => {
  log.info({ port: 3000 }, 'ready');
  expect(last()).toEqual({
    level: 'info',
    time: expect.stringMatching(/Z$/),
    pid: process.pid,
    port: 3000,
    msg: 'ready',
  });
});

test('lines below the level are not written', () => {
  const before = lines.length;
  log.debug('quiet');
  expect(lines).toHaveLength(before);
});

test('a line of a request carries its id, also after waiting', async () => {
  await inRequest({ requestId: 'r-1', address: '192.0.2.1' }, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    log.info('inside');
  });
  expect(last().requestId).toBe('r-1');
  log.info('outside');
  expect(last()).not.toHaveProperty('requestId');
});

test('attack 42: what is called a secret is not written, however deep and however spelled', () => {
  log.info(
    {
      password: 'p4ss',
      client_secret: 'p4ss',
      clientSecret: 'p4ss',
      user: { passwordHash: 'p4ss', name: 'Ada' },
      list: [{ access_token: 'p4ss' }],
      deep: { a: { b: { c: { d: { e: 'p4ss' } } } } },
      headers: { authorization: 'p4ss', cookie: 'p4ss', 'set-cookie': 'p4ss' },
    },
    'x',
  );
  expect(lines.at(-1)).not.toContain('p4ss');
  expect(last().user.name).toBe('Ada');
});

test.each([
  ['a JWT', `token ${JWT} refused`, 'token [redacted] refused'],
  ['half a JWT', `token ${JWT.slice(0, 30)}`, 'token [redacted]'],
  ['an opaque token', `code ${OPAQUE}!`, 'code [redacted]!'],
  ['Bearer', 'Authorization: Bearer abcdefgh12', 'Authorization: Bearer [redacted]'],
  ['Basic', 'basic YWxpY2U6cHc=', 'basic [redacted]'],
  ['a query', '/cb?code=abc&state=def&x=1', '/cb?code=[redacted]&state=[redacted]&x=1'],
  ['a connection', 'postgresql://idp:hunter2@db/idp', 'postgresql://idp:[redacted]@db/idp'],
  [
    'a UUID, which is no secret',
    '0199b2f4-5b1e-7c3a-9c2e-0a1b2c3d4e5f',
    '0199b2f4-5b1e-7c3a-9c2e-0a1b2c3d4e5f',
  ],
])('attack 42: the last guard masks %s in a message and in an error', (_, text, expected) => {
  log.info(text);
  expect(last().msg).toBe(expected);
  log.info({ n: 1 }, text);
  expect(last().msg).toBe(expected);

  for (const write of [
    () => log.error(new Error(text)),
    () => log.error({ err: new Error(text) }),
  ]) {
    write();
    expect(last().msg).toBe(expected);
    expect(last().err.message).toBe(expected);
    expect(last().err.stack).toContain(expected);
  }
});

test('attack 42: an error is logged by what it says, not by what it carries', () => {
  const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
  const error = Object.assign(new Error('query failed', { cause }), {
    meta: { arguments: ['p4ss'] },
    config: { headers: 'p4ss' },
  });
  log.error({ err: error }, 'failed');
  expect(lines.at(-1)).not.toContain('p4ss');
  expect(last().err.cause).toMatchObject({ message: 'connection refused', reason: 'ECONNREFUSED' });
});

test('an error that is its own cause does not end the process', () => {
  const error = new Error('ouroboros');
  error.cause = error;
  log.error({ err: error }, 'x');
  expect(last().err.message).toBe('ouroboros');
});

test('attack 42: a message cannot forge a line or drive a terminal', () => {
  log.info('ab\r\n{"level":"fatal"}\u001b[31m\u009b2J\u202e\u2028');
  expect(lines.at(-1)?.trimEnd().split('\n')).toHaveLength(1);
  expect(last().msg).toBe('ab{"level":"fatal"}[31m2J');
});
