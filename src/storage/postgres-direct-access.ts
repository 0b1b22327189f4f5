// PostgreSQL past the query engine, on the pool of its adapter. Every statement is a round trip here: so a token comes
// joined with all that it hangs on, the tokens that one turn of the event loop asks for come together, and what a token
// answer writes is one statement.
import type { Pool, QueryArrayResult } from 'pg';
import type { DirectAccess, Issuance, TokenRows } from './direct-access.ts';
import { gatherReads, type ReadMany } from './gathered-reads.ts';
import {
  columnsOf,
  type Kind,
  listed,
  type Model,
  type Rows,
  toRow,
  toValues,
  writtenTime,
} from './row-layouts.ts';

/** @param statementName for a statement that is to be prepared once a connection */
export function postgresDirectAccess(
  pool: Pool,
  statementName: (sql: string) => string,
): DirectAccess {
  const query = (text: string, values: unknown[]): Promise<QueryArrayResult<unknown[]>> =>
    pool.query({ name: statementName(text), text, values, rowMode: 'array', types: TYPES });
  const readTokens: ReadMany<TokenRows> = async (ids) => {
    const { rows } = await query(TOKENS, [ids]);
    const byId = Map.groupBy(rows, ([id]) => String(id));
    return new Map([...byId].map(([id, ofToken]) => [id, tokenRows(ofToken)]));
  };

  return {
    engine: 'postgresql',
    read: async ({ sql, key }) => (await query(sql, [key])).rows,
    readToken: gatherReads(readTokens),
    async issue(issuance) {
      const { rowCount } = await query(statementFor(issuance), valuesOf(issuance));
      return issuance.spend === undefined || rowCount === 1;
    },
    close: () => {},
  };
}

// Values arrive as text, in the form that `toRow` reads. Times are in UTC (postgres-adapter.ts).
const asText = (text: string) => text;
const PARSERS = new Map<number, (text: string) => unknown>([
  [16, (text: string) => text === 't'], // bool
  [1184, (text: string) => `${text.replace(' ', 'T')}:00`], // timestamptz
]);
const TYPES = { getTypeParser: (oid: number) => PARSERS.get(oid) ?? asText };

/** @param rows of one token: as many as its session has, and one at least */
function tokenRows(rows: unknown[][]): TokenRows {
  const [first = []] = rows;
  return {
    token: toRow('protocolState', first),
    grant: joinedRow('grant', first),
    user: joinedRow('user', first),
    sessions: rows.map((one) => joinedRow('session', one)).filter((session) => session !== null),
  };
}

// In the order of their columns.
const JOINED: Model[] = ['protocolState', 'grant', 'user', 'session'];

const FIRST_VALUES = new Map(
  JOINED.map((model, i) => [model, JOINED.slice(0, i).flatMap(columnsOf).length]),
);

function joinedRow<M extends Model>(model: M, values: unknown[]): Rows[M] | null {
  const from = FIRST_VALUES.get(model) ?? 0;
  return values[from] === null ? null : toRow(model, values, from);
}

const TOKENS = `SELECT ${JOINED.map(listed).join(', ')}
FROM protocol_states "protocolState"
LEFT JOIN grants "grant" ON "grant".id = "protocolState".grant_id
LEFT JOIN users "user" ON "user".id = "protocolState".user_id
LEFT JOIN sessions "session" ON "session".uid = "protocolState".session_uid
WHERE "protocolState".id = ANY($1)`;

const COLUMNS = columnsOf('protocolState');
const NAMES = COLUMNS.map(({ column }) => `"${column}"`).join(', ');
const CASTS: Record<Kind, string> = {
  text: 'text',
  number: 'integer',
  boolean: 'boolean',
  date: 'timestamptz',
  json: 'jsonb',
};

const statements = new Map<string, string>();

/** One for every number of rows, with and without something to spend. */
function statementFor({ spend, states }: Issuance): string {
  const shape = `${spend ? 'spend' : 'add'} ${states.length}`;
  const known = statements.get(shape) ?? (spend ? spending(states.length) : adding(states.length));
  statements.set(shape, known);
  return known;
}

function valuesOf({ spend, states }: Issuance): unknown[] {
  const spent = spend ? [writtenTime(spend.at), spend.id] : [];
  return [...spent, ...states.flatMap((state) => toValues('protocolState', state))];
}

const SPEND = `UPDATE protocol_states SET consumed_at = $1::timestamptz
WHERE id = $2 AND consumed_at IS NULL RETURNING id`;

function spending(rows: number): string {
  if (rows === 0) return SPEND;
  return `WITH spent AS (${SPEND}), added AS (
INSERT INTO protocol_states (${NAMES}) SELECT * FROM (VALUES ${placeholders(rows, 3)}) AS new (${NAMES})
WHERE EXISTS (SELECT FROM spent) ON CONFLICT (id) DO NOTHING)
SELECT id FROM spent`;
}

function adding(rows: number): string {
  return `INSERT INTO protocol_states (${NAMES}) VALUES ${placeholders(rows, 1)} ON CONFLICT (id) DO NOTHING`;
}

function placeholders(rows: number, first: number): string {
  const starts = Array.from({ length: rows }, (_, i) => first + i * COLUMNS.length);
  return starts.map(placeholdersFrom).join(', ');
}

function placeholdersFrom(start: number): string {
  return `(${COLUMNS.map(({ kind }, i) => `$${start + i}::${CASTS[kind]}`).join(', ')})`;
}
