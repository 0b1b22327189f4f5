import { PrismaPg } from '@prisma/adapter-pg';
// A database that is gone, or silent, fails a query within about 5 s; the pool connects anew by itself.
const CONNECT_MS = 2_500;
const QUERY_MS = 5_000;
// UTC, because the adapter writes and reads timestamps without their zone.
const SESSION = `SET timezone = 'UTC'; SET statement_timeout = ${QUERY_MS}; SET idle_in_transaction_session_timeout = ${3 * QUERY_MS}`;
/** A pool of connections to one PostgreSQL database. An error on an idle connection only removes it from the pool. */
export function postgresAdapter(databaseUrl, connections) {
    return new PrismaPg(poolOf(databaseUrl, connections));
}
function poolOf(connectionString, max) {
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
//# sourceMappingURL=postgres-adapter.js.map