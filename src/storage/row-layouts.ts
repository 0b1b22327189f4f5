// How the rows that are read at every token lie in their tables: for reading them past the query engine, and giving
// them the form that it would.
import type { Grant, ProtocolState, Session, User } from './generated/sqlite/client.ts';

export interface Rows {
  protocolState: ProtocolState;
  grant: Grant;
  session: Session;
  user: User;
}

export type Model = keyof Rows;
/** A client or a transaction. */
type Kind = 'text' | 'number' | 'boolean' | 'date' | 'json';
type Columns<Row> = { readonly [Field in keyof Row]-?: readonly [column: string, kind: Kind] };

export const TABLES: Record<Model, string> = {
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

/** The columns in the order in which `toRow` takes their values. */
export function columnsOf(model: Model): string[] {
  return FIELDS[model].map(([, [column]]) => column);
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
