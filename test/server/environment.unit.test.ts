import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ConfigError } from '../../src/config.ts';
import { loadConfig, unknownSettings } from '../../src/server/environment.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchkey-environment-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

test('settings come from .env, and what the environment says counts more', async () => {
  const lines = ['# a remark', 'PORT=4000', 'ISSUER="https://id.example"', 'DATA_DIR=state', ''];
  await writeFile(join(root, '.env'), lines.join('\n'));

  expect(loadConfig(root, { PORT: '5000' })).toMatchObject({
    port: 5000,
    issuer: 'https://id.example',
    dataDir: join(root, 'state'),
  });
});

test('without .env the environment is all there is', () => {
  expect(loadConfig(root, { PORT: '5000' })).toMatchObject({ port: 5000 });
});

test('a .env that cannot be read is a fault of the settings', async () => {
  await mkdir(join(root, '.env'));
  expect(() => loadConfig(root, {})).toThrow(ConfigError);
  expect(() => loadConfig(root, {})).toThrow(/^\.env: .*cannot be read/);
});

test('what .env sets and nobody knows is named, whatever the environment holds', async () => {
  await writeFile(join(root, '.env'), 'PROT=5\nPORT=4000\nexport WORKER=2\n');
  expect(unknownSettings(root)).toEqual(['PROT', 'WORKER']);
  await rm(join(root, '.env'));
  expect(unknownSettings(root)).toEqual([]);
});

test('a fault in .env is named as one in the environment is', async () => {
  await writeFile(join(root, '.env'), 'PORT=eighty\nTRUSTED_PROXIES=proxy.internal\n');
  const load = () => loadConfig(root, {});
  expect(load).toThrow(/^PORT: /m);
  expect(load).toThrow('TRUSTED_PROXIES: proxy.internal is neither an address nor a CIDR range');
});
