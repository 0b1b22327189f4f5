// Once before the tests on PostgreSQL: a server, and in it a migrated database that each test file copies.
import { Client } from 'pg';
import { readConfig } from '../../src/config.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { startPostgres } from './postgres.ts';

const TEMPLATE = 'latchkey_template';

export default async function startPostgresForTests() {
  const server = await startPostgres();
  globalThis.postgresForTests = server;
  for (const signal of ['SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

  const admin = new Client({ connectionString: `${server.url}postgres` });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();
  await migrate(readConfig({ DATABASE_URL: `${server.url}${TEMPLATE}` }, process.cwd()));
  process.env.POSTGRES_FOR_TESTS = server.url;
}
