import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { deriveKey, loadSecretKey } from '../../src/storage/secret-key.ts';
import { ROOT } from '../support/database.ts';

let dataDir: string;

beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'latchkey-test-')), 'data');
});

afterEach(() => rmSync(join(dataDir, '..'), { recursive: true }));

const place = (settings: { secretKey?: string; secretKeyFile?: string } = {}) => ({
  dataDir,
  secretKey: undefined,
  secretKeyFile: undefined,
  ...settings,
});

test('a key that is set is used, and nothing is written', () => {
  const bytes = Buffer.alloc(32, 7);

  expect(loadSecretKey(place({ secretKey: bytes.toString('base64url') }))).toEqual(bytes);
  expect(existsSync(dataDir)).toBe(false);
});

test('a key may come from a file, with or without a line end', () => {
  const bytes = Buffer.alloc(32, 9);
  const secretKeyFile = join(dataDir, '../key');
  writeFileSync(secretKeyFile, `${bytes.toString('base64url')}\n`);

  expect(loadSecretKey(place({ secretKeyFile }))).toEqual(bytes);
});

test.each([
  ['is missing', undefined],
  ['is cut short', 'abc'],
  ['is empty', ''],
])('a key file that %s is refused by name', (_, content) => {
  const secretKeyFile = join(dataDir, '../key');
  if (content !== undefined) writeFileSync(secretKeyFile, content);

  expect(() => loadSecretKey(place({ secretKeyFile }))).toThrow(
    expect.objectContaining({
      code: 'secret_key_unreadable',
      message: expect.stringContaining(secretKeyFile),
    }),
  );
});

test('without one, a key is made once, for the owner alone', () => {
  const key = loadSecretKey(place());

  expect(key).toHaveLength(32);
  expect(loadSecretKey(place())).toEqual(key);
  expect(statSync(join(dataDir, 'secret-key')).mode & 0o777).toBe(0o600);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(readdirSync(dataDir)).toEqual(['secret-key']);
});

test('processes that make it at once agree', async () => {
  const script = `import { loadSecretKey } from './src/storage/secret-key.ts';
    console.log(loadSecretKey({ dataDir: process.argv[1] }).toString('hex'));`;
  const start = () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, dataDir], {
      cwd: ROOT,
    });

  const outputs = await Promise.all(Array.from({ length: 6 }, start));

  expect(new Set(outputs.map(({ stdout }) => stdout)).size).toBe(1);
  expect(readdirSync(dataDir)).toEqual(['secret-key']);
});

test('a file with a key and more is no key', () => {
  const file = join(dataDir, '../two-keys');
  const key = 'A'.repeat(43);
  writeFileSync(file, `${key}\r\n`);
  expect(loadSecretKey(place({ secretKeyFile: file }))).toEqual(Buffer.from(key, 'base64url'));
  for (const text of [`${key}\n${key}\n`, `${key}\n\n`]) {
    writeFileSync(file, text);
    expect(() => loadSecretKey(place({ secretKeyFile: file }))).toThrow('one line');
  }
});

test('a data directory that cannot hold it is a sentence that says what to do', () => {
  writeFileSync(dataDir, 'a file where the directory should be');

  expect(() => loadSecretKey(place())).toThrow(
    expect.objectContaining({ code: 'data_directory_unwritable' }),
  );
});

test('each purpose has a key of its own, always the same', () => {
  const secret = Buffer.alloc(32, 1);

  expect(deriveKey(secret, 'cookies')).toEqual(deriveKey(secret, 'cookies'));
  expect(deriveKey(secret, 'cookies')).not.toEqual(deriveKey(secret, 'seal'));
  expect(deriveKey(secret, 'cookies')).not.toEqual(deriveKey(Buffer.alloc(32, 2), 'cookies'));
  expect(deriveKey(secret, 'cookies')).toHaveLength(32);
});
