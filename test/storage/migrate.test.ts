import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Config, readConfig } from '../../src/config.ts';
import { connectDatabase, engineOf } from '../../src/storage/database.ts';
import { assertMigrated, migrate } from '../../src/storage/migrate.ts';
import { emptyPlace, type Place, ROOT } from '../support/database.ts';

let place: Place;
let config: Config;

beforeEach(async () => {
  place = await emptyPlace({ migrated: false });
  config = readConfig({ NODE_ENV: 'test', ...place.env }, ROOT);
});

afterEach(() => place.dispose());

/** The project with one more migration than it has. */
function laterVersion(sql: string): Config {
  const root = join(config.dataDir, '../later');
  const directory = join(root, 'prisma/migrations', engineOf(config));
  cpSync(join(ROOT, 'prisma/migrations'), join(root, 'prisma/migrations'), { recursive: true });
  mkdirSync(join(directory, '9999_later'));
  writeFileSync(join(directory, '9999_later/migration.sql'), sql);
  return { ...config, root };
}

async function query(sql: string) {
  const db = await connectDatabase(config);
  try {
    return await db.$queryRawUnsafe(sql);
  } finally {
    await db.$disconnect();
  }
}

test('a fresh place is made, migrated once, and then left alone', async () => {
  expect(await migrate(config)).toContain('0001_initial');
  expect(await migrate(config)).toEqual([]);

  expect(await query('SELECT topic FROM revisions')).toEqual([]);
});

test('a database that was not migrated is said to be so, and stays as it is', async () => {
  await expect(assertMigrated(config)).rejects.toMatchObject({
    code: 'database_not_migrated',
    message: expect.stringMatching(/0001_initial.*latchkey migrate/),
  });

  await migrate(config);
  await expect(assertMigrated(config)).resolves.toBeUndefined();
});

test('of ten processes that start at once, one migrates and the others wait for it', async () => {
  const script = join(ROOT, 'test/storage/migrator-process.ts');
  const env = { ...process.env, ...place.env };
  const start = () => promisify(execFile)(process.execPath, [script], { env });

  const outputs = await Promise.all(Array.from({ length: 10 }, start));

  const applied = outputs.map(({ stdout }) => JSON.parse(stdout).length);
  expect(applied.filter((count) => count > 0)).toHaveLength(1);
  await expect(assertMigrated(config)).resolves.toBeUndefined();
});

test('an older version refuses a database that a newer one has used', async () => {
  await migrate(laterVersion('CREATE TABLE later (id INTEGER)'));

  for (const start of [migrate, assertMigrated]) {
    await expect(start(config)).rejects.toMatchObject({
      refusal: 'unavailable',
      code: 'database_too_new',
      message: expect.stringContaining('9999_later'),
    });
  }
});

test('a migration whose file was changed after it was applied is refused', async () => {
  await migrate(laterVersion('CREATE TABLE later (id INTEGER)'));
  const changed = laterVersionChanged('CREATE TABLE later (id TEXT)');

  await expect(migrate(changed)).rejects.toMatchObject({ code: 'migration_changed' });
});

function laterVersionChanged(sql: string): Config {
  const root = join(config.dataDir, '../later');
  const directory = join(root, 'prisma/migrations', engineOf(config));
  writeFileSync(join(directory, '9999_later/migration.sql'), sql);
  return { ...config, root };
}

test('a migration that another tool left half done is refused', async () => {
  const later = laterVersion('CREATE TABLE later (id INTEGER)');
  await migrate(later);
  await query(
    "UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '9999_later'",
  );

  await expect(migrate(later)).rejects.toMatchObject({ code: 'migration_unfinished' });
});

test('a migration that fails leaves nothing behind and can be tried again', async () => {
  await migrate(config);
  const broken = laterVersion('CREATE TABLE later (id INTEGER);\nINSERT INTO nowhere VALUES (1);');
  await expect(migrate(broken)).rejects.toThrow('nowhere');

  await expect(assertMigrated(config)).resolves.toBeUndefined();
  const mended = laterVersionChanged('CREATE TABLE later (id INTEGER);');
  expect(await migrate(mended)).toEqual(['9999_later']);
});
