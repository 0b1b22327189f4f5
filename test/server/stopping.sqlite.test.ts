import { readFileSync, writeFileSync } from 'node:fs';
import { get as httpsGet } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, expect, test } from '@jest/globals';
import { ask } from '../http/listening-app.ts';
import { FIRST, SECOND } from './certificates.ts';
import {
  freePort,
  later,
  newPlace,
  open,
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

async function start(env: Record<string, string> = {}, command?: [string, ...string[]]) {
  const place = newPlace();
  places.push(place);
  const port = await freePort();
  const settings = { DATA_DIR: place.directory, PORT: String(port) };
  const started = startProcess(
    { ...settings, ISSUER: `http://127.0.0.1:${port}`, ...env },
    command,
  );
  running.push(started);
  await started.logged('ready', Number(env['WORKERS'] ?? 1));
  return { ...started, port, directory: place.directory };
}

const FORM = 'grant_type=client_credentials&client_id=nobody&client_secret=x';

/** A token request of which the server has seen all but the end. */
async function halfARequest(port: number) {
  const connection = await open(port);
  connection.socket.write(
    [
      'POST /token HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${FORM.length}`,
      '',
      FORM.slice(0, 10),
    ].join('\r\n'),
  );
  await later(200);
  return { ...connection, finish: () => connection.socket.write(FORM.slice(10)) };
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: what is under way is finished, what is idle is closed, and nothing new is taken',
  async (signal) => {
    const { child, port, ended, logged } = await start();
    const idle = await open(port);
    idle.socket.write(`GET /livez HTTP/1.1\r\nHost: x\r\n\r\n`);
    const unused = await open(port); // as browsers open in advance
    const busy = await halfARequest(port);
    expect(idle.received()).toContain('200 OK');
    const over = ended();

    child.kill(signal);
    await logged('stopping');
    await Promise.all([idle.closed, unused.closed]);
    await expect(ask(port, { path: '/livez' })).rejects.toThrow('ECONNREFUSED');
    expect(child.exitCode).toBeNull();

    busy.finish();
    await busy.closed;
    expect(busy.received()).toContain('HTTP/1.1 401');
    expect(busy.received()).toContain('invalid_client');
    const { code, ms } = await over;
    expect(code).toBe(0);
    expect(ms).toBeLessThan(4_000);
  },
);

test('npm start passes SIGTERM on, and ends when the server has', async () => {
  const { child, port, ended, logged, log } = await start({}, ['npm', 'start', '--silent']);
  const busy = await halfARequest(port);
  const pid = Number(log()[0]?.['pid']);
  const over = ended();

  child.kill('SIGTERM');
  await logged('stopping');
  busy.finish();
  await busy.closed;
  expect(busy.received()).toContain('HTTP/1.1 401');
  expect(await over).toMatchObject({ code: 0 });
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a request that never ends does not hold up the end', async () => {
  const { child, port, ended, log } = await start({ SHUTDOWN_SECONDS: '1' });
  const busy = await halfARequest(port);
  child.kill('SIGTERM');
  const { code, ms } = await ended();
  await busy.closed;
  expect(code).toBe(0);
  expect(ms).toBeGreaterThan(800);
  expect(ms).toBeLessThan(4_000);
  expect(log()).toContainEqual(expect.objectContaining({ level: 'warn', connections: 1 }));
});

test('whoever signals twice means it; one Ctrl-C that arrives twice is one', async () => {
  const { child, port, ended, logged } = await start();
  await halfARequest(port);
  child.kill('SIGINT');
  await later(50); // else the two are one already to the operating system
  child.kill('SIGINT');
  await logged('stopping');
  await later(700);
  expect(child.exitCode).toBeNull();
  child.kill('SIGINT');
  expect(await ended()).toMatchObject({ code: 1 });
});

test('what is no HTTP, too slow a start or too long a header ends with an answer, and the server goes on', async () => {
  const { port } = await start();
  const exchange = async (bytes: string | Buffer) => {
    const { socket, received, closed } = await open(port);
    socket.end(bytes);
    await closed;
    return received().split('\r\n', 1)[0];
  };
  expect(await exchange('\u0016\u0003\u0001 hello\r\n\r\n')).toBe('HTTP/1.1 400 Bad Request');
  expect(await exchange(Buffer.alloc(100_000, 0xff))).toBe('HTTP/1.1 400 Bad Request');
  expect(await exchange('GET / HTTP/1.1\r\n\r\n')).toBe('HTTP/1.1 400 Bad Request');
  expect(await exchange(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'c'.repeat(20_000)}\r\n\r\n`)).toBe(
    'HTTP/1.1 431 Request Header Fields Too Large',
  );
  expect(await exchange('')).toBe('');
  expect((await ask(port, { path: '/readyz' })).status).toBe(200);
});

test('workers share the port and the numbers, and one that dies is replaced', async () => {
  const { port, log, logged, child, ended } = await start({ WORKERS: '2' });
  const pids = () =>
    log()
      .filter(({ msg }) => msg === 'ready')
      .map(({ pid }) => Number(pid));
  expect(new Set(pids()).size).toBe(2);
  for (let i = 0; i < 20; i++) expect((await ask(port, { path: '/livez' })).status).toBe(200);

  const { status, text } = await ask(port, { path: '/metrics' });
  expect(status).toBe(200);
  expect(text).toMatch(
    /http_request_duration_seconds_count{method="GET",route="\/livez",status="200"} 20\n/,
  );

  process.kill(pids()[0] ?? 0, 'SIGKILL');
  await logged('a worker died and is replaced');
  expect((await ask(port, { path: '/readyz' })).status).toBe(200);
  await logged('ready', 3);

  const busy = await halfARequest(port);
  child.kill('SIGTERM');
  await logged('stopping', 2);
  busy.finish();
  await busy.closed;
  expect(busy.received()).toContain('invalid_client');
  expect(await ended()).toMatchObject({ code: 0 });
  for (const pid of pids()) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('Ctrl-C reaches the workers as well, and still lets them finish', async () => {
  const { port, log, child, ended, logged } = await start({ WORKERS: '2' });
  const busy = await halfARequest(port);
  const pids = log()
    .filter(({ msg }) => msg === 'ready')
    .map(({ pid }) => Number(pid));
  for (const pid of [child.pid ?? 0, ...pids]) process.kill(pid, 'SIGINT');
  await logged('stopping', 2);
  busy.finish();
  await busy.closed;
  expect(busy.received()).toContain('invalid_client');
  expect(await ended()).toMatchObject({ code: 0 });
});

test('the first to start prepares and greets, and setup is printed once', async () => {
  const { terminal } = await start({ WORKERS: '2' });
  expect(terminal().match(/setup\?token=/g)).toHaveLength(1);
});

/** The name in the certificate that the server shows now, and the version of TLS. */
function presented(
  port: number,
): Promise<{ name: string; version: string | null; status: number }> {
  return new Promise((resolve, reject) => {
    httpsGet(
      { port, host: '127.0.0.1', path: '/livez', rejectUnauthorized: false, agent: false },
      (response) => {
        const socket = response.socket as TLSSocket;
        const name = String(socket.getPeerCertificate().subject.CN);
        resolve({ name, version: socket.getProtocol(), status: response.statusCode ?? 0 });
        response.resume();
      },
    ).on('error', reject);
  });
}

test('TLS in the process: a new certificate is taken over while it runs, a broken one is not', async () => {
  const { directory, remove } = newPlace();
  const files = { cert: join(directory, '..', 'tls.crt'), key: join(directory, '..', 'tls.key') };
  const write = ({ cert, key }: typeof FIRST) => {
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
  };
  write(FIRST);
  const port = await freePort();
  const { logged, child, ended } = await start({
    PORT: String(port),
    ISSUER: `https://127.0.0.1:${port}`,
    TLS_CERT_FILE: files.cert,
    TLS_KEY_FILE: files.key,
  });
  expect(await presented(port)).toEqual({ name: 'first', version: 'TLSv1.3', status: 200 });

  writeFileSync(files.cert, 'half a certificate');
  await logged('the new TLS certificate is unusable, the old one stays');
  expect((await presented(port)).name).toBe('first');

  write(SECOND);
  await logged('the TLS certificate was exchanged');
  expect((await presented(port)).name).toBe('second');
  expect(readFileSync(files.cert, 'utf8')).toBe(SECOND.cert);

  child.kill('SIGTERM');
  expect(await ended()).toMatchObject({ code: 0 });
  remove();
});
