import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { assertMailAddress, readSender } from '../../src/operations/mail/mail-address.ts';
import { judgeAttempt } from '../../src/operations/mail/mail-outcome.ts';
import { retryDelaySeconds } from '../../src/operations/mail/retry-delay.ts';
import { sendFault, smtpOptions } from '../../src/operations/mail/smtp-transport.ts';

const FROM = { MAIL_FROM: 'Example <no-reply@example.com>' };
const options = (SMTP_URL: string, more = {}) =>
  smtpOptions(readConfig({ SMTP_URL, ...FROM, ...more }, '/project'));

test.each([
  ['smtp://mail.example.com', { port: 587, secure: false, requireTLS: true, ignoreTLS: false }],
  ['smtp://mail.example.com:25/', { port: 25, secure: false, requireTLS: true }],
  ['smtps://mail.example.com', { port: 465, secure: true, ignoreTLS: false }],
  ['smtp://localhost:1025', { secure: false, requireTLS: false, ignoreTLS: true }],
  ['smtp://127.0.0.1:1025', { host: '127.0.0.1', requireTLS: false }],
  ['smtp://[::1]:1025', { host: '::1', requireTLS: false }],
  ['smtp://127.0.0.1.evil.example', { requireTLS: true, ignoreTLS: false }],
])('%s is spoken to with the TLS it needs', async (url, expected) => {
  expect(await options(url)).toMatchObject({ ...expected, maxRequeues: 0 });
  expect(await options(url)).not.toHaveProperty('auth');
});

test('only the setting that says so lets mail cross a network in clear', async () => {
  const weakened = await options('smtp://mail.example.com', { INSECURE_SMTP_PLAINTEXT: 'true' });
  expect(weakened).toMatchObject({ requireTLS: false, ignoreTLS: false });
});

test('user and password are decoded; a file may hold the password', async () => {
  expect(await options('smtp://la%40tch:p%3Aw@mail.example.com')).toMatchObject({
    auth: { user: 'la@tch', pass: 'p:w' },
  });
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-smtp-'));
  const file = join(directory, 'password');
  writeFileSync(file, 'from-file\n');
  expect(
    await options('smtp://latch@mail.example.com', { SMTP_PASSWORD_FILE: file }),
  ).toMatchObject({ auth: { user: 'latch', pass: 'from-file' } });
  rmSync(directory, { recursive: true });
});

test.each([
  [undefined, { name: 'Acme ID', address: 'no-reply@id.example.com' }],
  ['no-reply@example.com', { name: 'Acme ID', address: 'no-reply@example.com' }],
  ['Example Inc <mail@example.com>', { name: 'Example Inc', address: 'mail@example.com' }],
])('MAIL_FROM %s is read', (mailFrom, sender) => {
  expect(readSender({ mailFrom, brandName: 'Acme ID', issuer: 'https://id.example.com' })).toEqual(
    sender,
  );
});

const failure = (command: string, responseCode?: number, code = 'ESOCKET') =>
  Object.assign(new Error('no'), { code, command, ...(responseCode && { responseCode }) });

test.each([
  ['an unknown recipient', failure('RCPT TO', 550), 'refused'],
  ['a full mailbox', failure('RCPT TO', 452), 'deferred'],
  ['a message that is refused', failure('DATA', 554), 'refused'],
  ['greylisting', failure('DATA', 451), 'deferred'],
  ['a wrong password', failure('AUTH PLAIN', 535, 'EAUTH'), 'unreachable'],
  ['a sender that is refused', failure('MAIL FROM', 550, 'EENVELOPE'), 'unreachable'],
  ['no connection', failure('CONN'), 'unreachable'],
  ['a bug of ours', new TypeError('x is not a function'), 'deferred'],
  ['something that is no error', 'oops', 'deferred'],
])('%s: %#', (_what, error, result) => {
  expect(sendFault(error).result).toBe(result);
});

test('what a server says is kept without credentials and control characters', () => {
  const { fault = '' } = sendFault(
    new Error(`550 no\r\n\u001b[2J?token=abcdefgh ${'x'.repeat(999)}`),
  );
  expect(fault).not.toMatch(/abcdefgh|\p{Cc}/u);
  expect(fault.length).toBeLessThanOrEqual(200);
});

const now = new Date('2026-01-31T12:00:00Z');
const later = new Date('2026-02-02T12:00:00Z');

test.each([
  ['sent', 'sent', false],
  ['refused', 'refused', true],
  ['deferred', 'deferred', true],
  ['unreachable', 'deferred', true],
  ['expired', 'expired', false],
  ['late', 'given_up', true],
] as const)('a mail that was %s is %s', (result, outcome, keepsContent) => {
  const judged = judgeAttempt({ attempts: 0, giveUpAt: later }, { result, fault: 'x' }, now);
  expect(judged.outcome).toBe(outcome);
  expect(judged.columns.sealedContent !== null).toBe(keepsContent);
  expect(judged.columns.dueAt !== null).toBe(outcome === 'deferred');
});

test('when the next try would be too late, it is given up', () => {
  const mail = { attempts: 20, giveUpAt: new Date(now.getTime() + 3600_000) };
  expect(judgeAttempt(mail, { result: 'deferred' }, now).outcome).toBe('given_up');
});

test('delays double from 15 seconds to four hours, and are spread by a quarter', () => {
  const delays = [1, 2, 3, 10, 11, 40].map((attempts) => retryDelaySeconds(attempts, 0.5));
  expect(delays).toEqual([15, 30, 60, 7680, 14_400, 14_400]);
  expect([retryDelaySeconds(1, 0), retryDelaySeconds(1, 1)]).toEqual([11.25, 18.75]);
});

const HOSTILE = [
  'alice@example.com\r\nBcc: mallory@example.com',
  'alice@example.com\nSubject: x',
  'alice@example.com, mallory@example.com',
  '<mallory@example.com> alice@example.com',
  'Mallory <mallory@example.com>',
  'alice@example.com\u0000',
  'alice@example.com\u2028',
  '"alice@example.com> RCPT TO:<mallory"@example.com',
  'alice@@example.com',
  `${'a'.repeat(65)}@example.com`,
  'alice',
  '',
];

test.each(HOSTILE)('%j is no mail address', (text) => {
  expect(() => assertMailAddress(text)).toThrow('This is not a mail address.');
});

test.each([
  'alice@example.com',
  "o'hara+x@sub.example.com",
  'zoë@example.com',
  'a@xn--bcher-kva.example',
])('%s is one', (text) => {
  expect(() => assertMailAddress(text)).not.toThrow();
});
