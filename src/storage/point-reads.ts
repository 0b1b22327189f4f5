// Rows by their key, for the tables that are read at every token: asked of the driver itself, past the query engine,
// which costs ten times what the read does (docs/performance.md). Inside a transaction, or on any client that was not
// opened by `connectDatabase`, the engine is asked as ever.
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { PrismaClient, Session } from './generated/sqlite/client.ts';
import { columnsOf, type Model, type Rows, TABLES, toRow } from './row-layouts.ts';

type Db = Pick<PrismaClient, Model>;

/** What reads the values of rows, in the order of the statement's columns. */
export interface PointReader {
  read(sql: string, key: string): Promise<unknown[][]>;
  close(): void;
}

interface Source {
  engine: 'sqlite' | 'postgresql';
  reader: () => Promise<PointReader>;
}

const sources = new WeakMap<object, Source>();

/** Says what reads for this client; called once, where the client is made. */
export function offerPointReads(db: Db, source: Source): void {
  sources.set(db, source);
}

/** Through a driver adapter, on its connections. */
export function adapterPointReader(adapter: SqlDriverAdapter): PointReader {
  return {
    async read(sql, key) {
      const argTypes = [{ scalarType: 'string', arity: 'scalar' } as const];
      return (await adapter.queryRaw({ sql, args: [key], argTypes })).rows;
    },
    close: () => {},
  };
}

/** The row with that id. Asked for several times in one turn of the event loop, it is read once. */
export async function readRow<M extends Model>(
  db: Db,
  model: M,
  id: string,
): Promise<Rows[M] | null> {
  const source = sources.get(db);
  if (!source) return (await askEngine(db, model, id)) as Rows[M] | null;

  const [values] = await readOnce(source, STATEMENTS[source.engine][model], id);
  return values ? toRow(model, values) : null;
}

/** The rows of one browser session, in no order. */
export async function readSessionsOf(db: Db, uid: string): Promise<Session[]> {
  const source = sources.get(db);
  if (!source) return db.session.findMany({ where: { uid } });

  const rows = await readOnce(source, STATEMENTS[source.engine].sessionsOfUid, uid);
  return rows.map((values) => toRow('session', values));
}

/** What a token is judged by. */
export interface TokenRows {
  token: Rows['protocolState'];
  grant: Rows['grant'] | null;
  user: Rows['user'] | null;
  /** The rows of the browser session that it is bound to, in no order. */
  sessions: Session[];
}

/**
 * All that in one read, or `undefined` where that is no gain: over a network every read is a round trip, but SQLite
 * answers four reads by key in a third of the time of one such join.
 */
export async function readTokenRows(db: Db, id: string): Promise<TokenRows | null | undefined> {
  const source = sources.get(db);
  if (source?.engine !== 'postgresql') return undefined;

  const rows = await readOnce(source, TOKEN_ROWS, id);
  const [row] = rows;
  if (!row) return null;
  return {
    token: toRow('protocolState', row),
    grant: joinedRow('grant', row),
    user: joinedRow('user', row),
    sessions: rows.map((one) => joinedRow('session', one)).filter((session) => session !== null),
  };
}

type Reading = Promise<unknown[][]>;

const asked = new WeakMap<Source, Map<string, Reading>>();

function readOnce(source: Source, sql: string, key: string): Reading {
  const pending = asked.get(source) ?? startTurn(source);
  const question = `${sql} ${key}`;
  const reading = pending.get(question) ?? source.reader().then((reader) => reader.read(sql, key));
  pending.set(question, reading);
  return reading;
}

function startTurn(source: Source): Map<string, Reading> {
  const pending = new Map<string, Reading>();
  asked.set(source, pending);
  queueMicrotask(() => asked.delete(source));
  return pending;
}

function askEngine(db: Db, model: Model, id: string): Promise<unknown> {
  const where = { where: { id } };
  const ask: Record<Model, () => Promise<unknown>> = {
    protocolState: () => db.protocolState.findUnique(where),
    grant: () => db.grant.findUnique(where),
    session: () => db.session.findUnique(where),
    user: () => db.user.findUnique(where),
  };
  return ask[model]();
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

const listed = (model: Model) =>
  columnsOf(model)
    .map((column) => `"${model}"."${column}"`)
    .join(', ');

const STATEMENTS = { sqlite: statements('?'), postgresql: statements('$1') };

type Statement = Model | 'sessionsOfUid';

function statements(placeholder: string): Record<Statement, string> {
  const by = (model: Model, key = 'id') =>
    `SELECT ${listed(model)} FROM ${TABLES[model]} "${model}" WHERE "${key}" = ${placeholder}`;
  return {
    protocolState: by('protocolState'),
    grant: by('grant'),
    session: by('session'),
    sessionsOfUid: by('session', 'uid'),
    user: by('user'),
  };
}

const TOKEN_ROWS = `SELECT ${JOINED.map(listed).join(', ')}
FROM protocol_states "protocolState"
LEFT JOIN grants "grant" ON "grant".id = "protocolState".grant_id
LEFT JOIN users "user" ON "user".id = "protocolState".user_id
LEFT JOIN sessions "session" ON "session".uid = "protocolState".session_uid
WHERE "protocolState".id = $1`;
