// A checkout may lie anywhere, and changes under its build: scripts and bin/latchkey in a copy of this one.
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ROOT } from '../support/database.ts';

const COPIED = [
  'bin dist prisma scripts src docs/configuration.md .env.example',
  'package.json package-lock.json tsconfig.json tsconfig.build.json',
].flatMap((paths) => paths.split(' '));

let parent: string;
let checkout: string;

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'latchkey-checkout-'));
  checkout = join(parent, 'a b%20c#d');
  for (const path of COPIED) {
    cpSync(join(ROOT, path), join(checkout, path), { recursive: true, preserveTimestamps: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
});

afterAll(() => rmSync(parent, { recursive: true }));

const run = (command: string, ...args: string[]) =>
  promisify(execFile)(command, args, { cwd: '/', env: { PATH: process.env['PATH'] } });

test.each([['prepare.mjs'], ['settings.mjs', '--check'], ['lock-file.mjs', '--check']])(
  'a path that URLs would spell otherwise does not stop %s',
  async (script, ...args) => {
    const ended = run(process.execPath, join(checkout, 'scripts', script), ...args);
    await expect(ended).resolves.toEqual({ stdout: '', stderr: '' });
  },
);

test('bin/latchkey runs there', async () => {
  const { stdout } = await run(join(checkout, 'bin/latchkey'), '--version');
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

const built = () => statSync(join(checkout, 'dist')).mtimeMs;

test('bin/latchkey builds anew when the sources have changed, and only then', async () => {
  const before = built();
  const program = join(checkout, 'src/cli/program.ts');
  const text = readFileSync(program, 'utf8');

  const soon = new Date(Date.now() + 1);
  utimesSync(program, soon, soon); // as a new checkout of the same commit does
  await run(join(checkout, 'bin/latchkey'), '--version');
  expect(built()).toBe(before);

  writeFileSync(program, text.replace('An OAuth 2.0 and', 'A changed'));
  const { stdout } = await run(join(checkout, 'bin/latchkey'), '--help');
  expect(stdout).toContain('A changed OpenID Connect');
  expect(built()).toBeGreaterThan(before);
});
