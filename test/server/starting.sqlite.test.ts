import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import {
  freePort,
  later,
  newPlace,
  type Place,
  type RunningProcess,
  startProcess,
} from './running-process.ts';

const places: Place[] = [];
const running: RunningProcess[] = [];

afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended();
  }
  for (const place of places.splice(0)) place.remove();
});

async function start(env: Record<string, string>) {
  const place = newPlace();
  places.push(place);
  const port = await freePort();
  const started = startProcess({
    DATA_DIR: place.directory,
    PORT: String(port),
    ISSUER: `http://127.0.0.1:${port}`,
    ...env,
  });
  running.push(started);
  return started;
}

/** The sentence at the terminal of a start that must fail, and nothing else there. */
async function refusal(env: Record<string, string>): Promise<string> {
  const started = await start(env);
  const { code } = await started.ended();
  expect(code).toBe(1);
  expect(started.terminal()).not.toMatch(/\n\s+at /);
  expect(started.log()).toEqual([]);
  return started.terminal();
}

test('a start says where it is, how to come in and how long it took', async () => {
  const started = await start({});
  await started.logged('ready');
  expect(started.terminal()).toMatch(/Latchkey is ready at http:\/\/127\.0\.0\.1:\d+\n/);
  expect(started.terminal()).toMatch(/\/setup\?token=[\w-]{43}\n/);
  const ready = started.log().find(({ msg }) => msg === 'ready');
  expect(ready).toMatchObject({ level: 'info', engine: 'sqlite', ms: expect.any(Number) });
  expect(JSON.stringify(started.log())).not.toContain('token');
});

test('all faults of the settings are told at once, by name', async () => {
  const text = await refusal({ PORT: 'eighty', WORKERS: '0', REFRESH_GRACE_SECONDS: '-1' });
  for (const name of ['PORT', 'WORKERS', 'REFRESH_GRACE_SECONDS']) {
    expect(text).toMatch(new RegExp(`^  ${name}: `, 'm'));
  }
});

test('a list of addresses that holds something else is a fault like the others', async () => {
  const text = await refusal({
    PORT: 'eighty',
    TRUSTED_PROXIES: '10.0.0.0/8, proxy.internal',
    METRICS_ALLOW: '10.0.0.0/64',
  });
  expect(text).toContain('TRUSTED_PROXIES: proxy.internal is neither an address nor a CIDR range');
  expect(text).toContain('METRICS_ALLOW: 10.0.0.0/64');
  expect(text).toMatch(/^ {2}PORT: /m);
});

test('a port in use', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const text = await refusal({ PORT: String(port) });
  other.close();
  expect(text).toContain(`Port ${port} is in use.`);
});

test('an address that this machine has not', async () => {
  expect(await refusal({ HOST: '203.0.113.1' })).toContain('has no address 203.0.113.1');
});

test('a data directory that cannot be', async () => {
  const { directory, remove } = newPlace();
  mkdirSync(directory);
  writeFileSync(join(directory, 'file'), '');
  const text = await refusal({ DATA_DIR: join(directory, 'file', 'data') });
  chmodSync(directory, 0o700);
  remove();
  expect(text).toMatch(/data directory .*\/file\/data cannot be written/);
});

test('a data directory where the file system makes none', async () => {
  const text = await refusal({ DATA_DIR: '/proc/nope/data' });
  expect(text).toMatch(/data directory \/proc\/nope\/data cannot be written/);
});

test('a database that does not answer', async () => {
  const text = await refusal({
    DATABASE_URL: `postgresql://idp:hunter2@127.0.0.1:${await freePort()}/idp`,
  });
  expect(text).toContain('ECONNREFUSED');
  expect(text).toContain('DATABASE_URL');
  expect(text).not.toContain('hunter2');
});

test('a database file that is none', async () => {
  const { directory, remove } = newPlace();
  mkdirSync(directory);
  writeFileSync(join(directory, 'latchkey.db'), 'no database'.repeat(1000));
  const text = await refusal({ DATA_DIR: directory });
  remove();
  expect(text).toMatch(/^The database is damaged, or its file is none .* restore a backup/);
});

test('a certificate that is none', async () => {
  const { directory, remove } = newPlace();
  mkdirSync(directory);
  const [cert, key] = ['a.crt', 'a.key'].map((name) => join(directory, name));
  writeFileSync(cert ?? '', 'no certificate');
  writeFileSync(key ?? '', 'no key');
  const port = await freePort();
  const text = await refusal({
    ISSUER: `https://127.0.0.1:${port}`,
    TLS_CERT_FILE: cert ?? '',
    TLS_KEY_FILE: key ?? '',
  });
  remove();
  expect(text).toContain('TLS_CERT_FILE and TLS_KEY_FILE');
});

test('a password of the mail server that cannot be read', async () => {
  const text = await refusal({
    SMTP_URL: 'smtp://latch@mail.example.com',
    SMTP_PASSWORD_FILE: '/nowhere/smtp-password',
    MAIL_FROM: 'id@example.com',
  });
  expect(text).toBe('SMTP_PASSWORD_FILE: /nowhere/smtp-password cannot be read.\n');
});

test('with several workers too it is one sentence, and nothing is left running', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const text = await refusal({ PORT: String(port), WORKERS: '3' });
  other.close();
  expect(text).toMatch(/^Port \d+ is in use\.[^\n]*\n$/);
});

test('what weakens protection is in the log of every start', async () => {
  const started = await start({ INSECURE_NO_RATE_LIMITS: 'true', INSECURE_PKCE_OPTIONAL: 'true' });
  await started.logged('a protection is off', 2);
  const warned = started.log().filter(({ level }) => level === 'warn');
  expect(warned.map(({ setting }) => setting)).toEqual([
    'INSECURE_PKCE_OPTIONAL',
    'INSECURE_NO_RATE_LIMITS',
  ]);
});

test('what weakens protection is told at the terminal, however little is logged', async () => {
  const started = await start({ LOG_LEVEL: 'error', INSECURE_NO_RATE_LIMITS: 'true' });
  while (!started.terminal().includes('ready')) await later(50);
  expect(started.terminal()).toMatch(/Protections that are off: +INSECURE_NO_RATE_LIMITS\n/);
  expect(started.log()).toEqual([]);
});

test('with MIGRATE=off nothing is made where there is no database', async () => {
  const place = newPlace();
  places.push(place);
  const text = await refusal({ DATA_DIR: place.directory, MIGRATE: 'off' });
  expect(text).toContain('latchkey migrate');
  expect(existsSync(place.directory)).toBe(false);
});
