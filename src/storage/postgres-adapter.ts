import { createHash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import type { PoolConfig } from 'pg';

// A database that is gone, or silent, fails a query within about 5 s; the pool connects anew by itself.
const CONNECT_MS = 2_500;
const QUERY_MS = 5_000;

// UTC, because the adapter writes and reads timestamps without their zone.
const SESSION = `SET timezone = 'UTC'; SET statement_timeout = ${QUERY_MS}; SET idle_in_transaction_session_timeout = ${3 * QUERY_MS}`;

const MAX_PREPARED = 500;

/** A pool of connections to one PostgreSQL database. An error on an idle connection only removes it from the pool. */
export function postgresAdapter(
  databaseUrl: string,
  connections: number,
): { factory: PrismaPg; statementName: (sql: string) => string } {
  const statementName = createStatementNames();
  const factory = new PrismaPg(poolOf(databaseUrl, connections), {
    statementNameGenerator: ({ sql }) => statementName(sql),
  });
  return { factory, statementName };
}

function poolOf(connectionString: string, max: number): PoolConfig {
  return {
    connectionString,
    max,
    application_name: 'latchkey',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    // Sent as a statement, since poolers in front of PostgreSQL refuse start-up parameters.
    verify: (client, done) => client.query(SESSION, (error) => done(error ?? undefined)),
  };
}

/**
 * Named statements are parsed once a connection, which saves a quarter of a query's cost. Lists of varying length make
 * new texts forever, so that only the first ones get a name.
 */
function createStatementNames() {
  const names = new Map<string, string>();
  return (sql: string): string => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size === MAX_PREPARED) return '';

    const name = createHash('sha256').update(sql).digest('base64url');
    names.set(sql, name);
    return name;
  };
}
