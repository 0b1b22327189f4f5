// What every token request reads and writes is asked of the driver itself, past the query engine, which costs ten times
// what a read by key does (docs/performance.md). This is where a client's driver is found, for the few functions that
// ask it; inside a transaction, or for a client that `connectDatabase` did not make, there is none, and they ask the
// engine as ever.
import type { PrismaClient, Session } from './generated/sqlite/client.ts';
import type { Rows } from './row-layouts.ts';

/** A statement that reads rows by one key: `?` or `$1` is the key. */
export interface KeyedRead {
  sql: string;
  key: string;
}

/** A token, and what it is judged by. */
export interface TokenRows {
  token: Rows['protocolState'];
  grant: Rows['grant'] | null;
  user: Rows['user'] | null;
  /** The rows of the browser session that it is bound to, in no order. */
  sessions: Session[];
}

/** What one answer of the token endpoint changes. */
export interface Issuance {
  /** The id of the row that is used up, and when; without it nothing is. */
  spend?: { id: string; at: Date } | undefined;
  /** Rows that are added, unless they are there. */
  states: readonly Rows['protocolState'][];
}

export interface DirectAccess {
  engine: 'sqlite' | 'postgresql';
  /** The values of the rows, in the order of the statement's columns. */
  read(read: KeyedRead): Promise<unknown[][]>;
  readToken(id: string): Promise<TokenRows | null>;
  /** All of it or nothing: false when what was to be spent had been. @throws the driver's error on a violated constraint */
  issue(issuance: Issuance): Promise<boolean>;
  close(): void;
}

type Client = Pick<PrismaClient, keyof Rows>;

const known = new WeakMap<object, () => Promise<DirectAccess>>();

/** Called once, where the client is made. */
export function offerDirectAccess(db: Client, connect: () => Promise<DirectAccess>): void {
  known.set(db, connect);
}

export function directAccessOf(db: Client): (() => Promise<DirectAccess>) | undefined {
  return known.get(db);
}
