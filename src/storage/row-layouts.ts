// How the rows that every token needs lie in their tables: for reading and writing them past the query engine, in the
// form that it would give them.
import type { Grant, ProtocolState, Session, User } from './generated/sqlite/client.ts';

export interface Rows {
  protocolState: ProtocolState;
  grant: Grant;
  session: Session;
  user: User;
}

export type Model = keyof Rows;
/** A client or a transaction. */
export type Kind = 'text' | 'number' | 'boolean' | 'date' | 'json';
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
    address: ['address', 'text'],
    browser: ['browser', 'text'],
    lastUsedAt: ['last_used_at', 'date'],
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
    passwordNeedsFactor: ['password_needs_factor', 'boolean'],
    passwordChangeRequiredAt: ['password_change_required_at', 'date'],
    credentialsVersion: ['credentials_version', 'number'],
    locale: ['locale', 'text'],
    administrator: ['administrator', 'boolean'],
    disabledAt: ['disabled_at', 'date'],
    deletionDueAt: ['deletion_due_at', 'date'],
    hasProfile: ['has_profile', 'boolean'],
    createdAt: ['created_at', 'date'],
    updatedAt: ['updated_at', 'date'],
  },
};

/** The columns, and what they hold, in the order in which `toRow` takes their values and `toValues` gives them. */
export function columnsOf(model: Model): { column: string; kind: Kind }[] {
  return FIELDS[model].map(([, [column, kind]]) => ({ column, kind }));
}

/** For a SELECT that calls the table by the model's name. */
export function listed(model: Model): string {
  return columnsOf(model)
    .map(({ column }) => `"${model}"."${column}"`)
    .join(', ');
}

/** @param from the position of the first of the row's values */
export function toRow<M extends Model>(model: M, values: unknown[], from = 0): Rows[M] {
  const row: Record<string, unknown> = {};
  let position = from;
  for (const [field, [, kind]] of FIELDS[model]) {
    const value = values[position++];
    row[field] = value === null || value === undefined ? null : READ[kind](value);
  }
  return row as unknown as Rows[M];
}

/** As both engines take them: times and JSON as text. */
export function toValues<M extends Model>(model: M, row: Rows[M]): unknown[] {
  return FIELDS[model].map(([field, [, kind]]) => {
    const value: unknown = Reflect.get(row, field);
    return value === null || value === undefined ? null : written(kind, value);
  });
}

/** As Prisma's adapter for SQLite writes times, since they are compared as text. */
export const writtenTime = (time: Date) => time.toISOString().replace('Z', '+00:00');

function written(kind: Kind, value: unknown): unknown {
  if (value instanceof Date) return writtenTime(value);
  return kind === 'json' ? JSON.stringify(value) : value;
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

type Read = Model | 'sessionsOfUid';

function keyedReads(placeholder: string): Record<Read, string> {
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

/** The statements that read rows by one key. */
export const KEYED_READS = { sqlite: keyedReads('?'), postgresql: keyedReads('$1') };
