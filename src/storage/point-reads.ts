// Rows by their primary key, for the tables that are read at every token: asked of the driver itself,
// past the query engine, which costs ten times what the read does (docs/performance.md). Inside a transaction, or on any client that was not opened by `connectDatabase`, the engine
// is asked as ever.
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type {
  Grant,
  PrismaClient,
  ProtocolState,
  Session,
  User,
} from './generated/sqlite/client.ts';

interface Rows {
  protocolState: ProtocolState;
  grant: Grant;
  session: Session;
  user: User;
}

type Model = keyof Rows;
/** A client or a transaction. */
type Db = Pick<PrismaClient, Model>;
type Kind = 'text' | 'number' | 'boolean' | 'date' | 'json';
type Columns<Row> = { readonly [Field in keyof Row]-?: readonly [column: string, kind: Kind] };

const TABLES: Record<Model, string> = {
  protocolState: 'protocol_states',
  grant: 'grants',
  session: 'sessions',
  user: 'users',
};

const COLUMNS: { readonly [M in Model]: Columns<Rows[M]> } = {
  protocolState: {
    id: ['id', 'text'],
    model: ['model', 'text'],
    grantId: ['grant_id', 'text'],
    clientId: ['client_id', 'text'],
    userId: ['user_id', 'text'],
    sessionUid: ['session_uid', 'text'],
    audience: ['audience', 'text'],
    userCodeHash: ['user_code_hash', 'text'],
    payload: ['payload', 'json'],
    consumedAt: ['consumed_at', 'date'],
    expiresAt: ['expires_at', 'date'],
  },
  grant: {
    id: ['id', 'text'],
    userId: ['user_id', 'text'],
    clientId: ['client_id', 'text'],
    scopes: ['scopes', 'json'],
    createdAt: ['created_at', 'date'],
    expiresAt: ['expires_at', 'date'],
  },
  session: {
    id: ['id', 'text'],
    uid: ['uid', 'text'],
    userId: ['user_id', 'text'],
    loginAt: ['login_at', 'date'],
    acr: ['acr', 'text'],
    amr: ['amr', 'json'],
    payload: ['payload', 'json'],
    version: ['version', 'number'],
    createdAt: ['created_at', 'date'],
    expiresAt: ['expires_at', 'date'],
  },
  user: {
    id: ['id', 'text'],
    login: ['login', 'text'],
    email: ['email', 'text'],
    emailVerified: ['email_verified', 'boolean'],
    name: ['name', 'text'],
    passwordHash: ['password_hash', 'text'],
    administrator: ['administrator', 'boolean'],
    disabledAt: ['disabled_at', 'date'],
    createdAt: ['created_at', 'date'],
    updatedAt: ['updated_at', 'date'],
  },
};

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

const STATEMENTS = { sqlite: statements('?'), postgresql: statements('$1') };

function statements(placeholder: string): Record<Model | 'sessionsOfUid', string> {
  const text = (model: Model, key = 'id') => {
    const columns = Object.values(COLUMNS[model]).map(([column]) => `"${column}"`);
    return `SELECT ${columns.join(', ')} FROM "${TABLES[model]}" WHERE "${key}" = ${placeholder}`;
  };
  return {
    protocolState: text('protocolState'),
    grant: text('grant'),
    session: text('session'),
    sessionsOfUid: text('session', 'uid'),
    user: text('user'),
  };
}

function toRow<M extends Model>(model: M, values: unknown[]): Rows[M] {
  const row: Record<string, unknown> = {};
  let position = 0;
  for (const [field, [, kind]] of FIELDS[model]) {
    const value = values[position++];
    row[field] = value === null || value === undefined ? null : READ[kind](value);
  }
  return row as unknown as Rows[M];
}

const FIELDS: Record<Model, [string, readonly [string, Kind]][]> = {
  protocolState: Object.entries(COLUMNS.protocolState),
  grant: Object.entries(COLUMNS.grant),
  session: Object.entries(COLUMNS.session),
  user: Object.entries(COLUMNS.user),
};

const READ: Record<Kind, (value: unknown) => unknown> = {
  text: (value) => value,
  number: Number,
  boolean: Boolean,
  date: (value) => new Date(String(value)),
  json: (value) => (typeof value === 'string' ? JSON.parse(value) : value),
};
