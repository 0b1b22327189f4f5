// npm run migration -- <name>: writes the next migration of both engines, from the schema of the last one (kept beside
// the migrations) to the models as they are now. Read the SQL before you commit it: a renamed column looks like one
// that was dropped and one that was added.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import { startPostgres } from '../test/support/postgres.ts';
import { composeSchema, ENGINES } from './compose-schema.mjs';
import { diffSchemas } from './schema-engine.mjs';

const base = fileURLToPath(new URL('../prisma/migrations/', import.meta.url));

const [name] = process.argv.slice(2);
if (!/^[a-z][a-z0-9_]*$/.test(name ?? '')) {
  console.error('Usage: npm run migration -- <name in snake_case, such as add_passkeys>');
  process.exit(2);
}

const postgres = await startPostgres();
try {
  const adapters = {
    sqlite: new PrismaBetterSqlite3({ url: ':memory:' }),
    postgresql: new PrismaPg({ connectionString: `${postgres.url}postgres` }),
  };
  for (const engine of ENGINES) await writeMigration(engine, adapters[engine]);
} finally {
  await postgres.stop();
}

async function writeMigration(engine, adapter) {
  const directory = join(base, engine);
  const snapshot = join(directory, 'schema.prisma');
  const before = existsSync(snapshot) ? readFileSync(snapshot, 'utf8') : undefined;
  const after = composeSchema(engine);
  const sql = withoutSchema(await diffSchemas(adapter, before, after));
  if (before !== undefined && isEmpty(sql)) return console.log(`${engine}: nothing has changed`);

  const path = join(directory, `${nextNumber(directory)}_${name}`, 'migration.sql');
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, sql);
  writeFileSync(snapshot, after);
  writeFileSync(join(directory, 'migration_lock.toml'), `provider = "${engine}"\n`);
  console.log(`${engine}: ${path}`);
}

function nextNumber(directory) {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const last = Math.max(0, ...names.map((entry) => Number(/^(\d{4})_/.exec(entry)?.[1] ?? 0)));
  return String(last + 1).padStart(4, '0');
}

// PostgreSQL refuses even `if not exists` to a user who may not create schemas.
function withoutSchema(sql) {
  return sql.replace(/^-- CreateSchema\nCREATE SCHEMA .*;\n\n/, '');
}

function isEmpty(sql) {
  return sql.replaceAll(/^--.*$/gm, '').trim() === '';
}
