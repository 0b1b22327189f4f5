// SQLite past the query engine: reads on a connection of its own that only reads, their statements prepared once, and
// what a token answer writes on the adapter's connection, in its queue. What another connection committed before a
// read began is seen by it (WAL).
import SqliteDatabase from 'better-sqlite3';
import type { DirectAccess, Issuance, TokenRows } from './direct-access.ts';
import { gatherReads } from './gathered-reads.ts';
import { columnsOf, KEYED_READS, toRow, toValues, writtenTime } from './row-layouts.ts';
import type { AtomicWrites, RunStatement } from './sqlite-adapter.ts';
import { retryWhileBusy } from './sqlite-busy.ts';

const { protocolState, grant, user, sessionsOfUid } = KEYED_READS.sqlite;

/** @param path of the database's file, which must exist */
export function openSqliteDirectAccess(path: string, writes: AtomicWrites): DirectAccess {
  const connection = new SqliteDatabase(path, { readonly: true, fileMustExist: true, timeout: 0 });
  const prepared = new Map<string, SqliteDatabase.Statement>();

  function rows(sql: string, key: string | null): unknown[][] {
    if (key === null) return [];
    const statement = prepared.get(sql) ?? connection.prepare(sql).raw();
    prepared.set(sql, statement);
    return statement.all(key) as unknown[][];
  }

  // Four reads by key take a third of the time of one join.
  function tokenRows(id: string): TokenRows | null {
    const [values] = rows(protocolState, id);
    if (!values) return null;

    const token = toRow('protocolState', values);
    const [ofGrant] = rows(grant, token.grantId);
    const [ofUser] = rows(user, token.userId);
    return {
      token,
      grant: ofGrant ? toRow('grant', ofGrant) : null,
      user: ofUser ? toRow('user', ofUser) : null,
      sessions: rows(sessionsOfUid, token.sessionUid).map((one) => toRow('session', one)),
    };
  }
  // One transaction, since each takes and gives back its locks in the file.
  const readTokens = connection.transaction((ids: string[]) => {
    const found = new Map<string, TokenRows>();
    for (const id of ids) {
      const one = tokenRows(id);
      if (one) found.set(id, one);
    }
    return found;
  });

  return {
    engine: 'sqlite',
    read: ({ sql, key }) => retryWhileBusy(() => rows(sql, key)),
    readToken: gatherReads((ids) => retryWhileBusy(() => readTokens(ids))),
    issue: (issuance) => writes.together((run) => issue(run, issuance)),
    close: () => void connection.close(),
  };
}

function issue(run: RunStatement, { spend, states }: Issuance): boolean {
  if (spend && run(SPEND, [writtenTime(spend.at), spend.id]) === 0) return false;

  for (const state of states) run(ADD, toValues('protocolState', state));
  return true;
}

const SPEND = 'UPDATE protocol_states SET consumed_at = ? WHERE id = ? AND consumed_at IS NULL';

const COLUMNS = columnsOf('protocolState').map(({ column }) => `"${column}"`);
const ADD = `INSERT INTO protocol_states (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')}) ON CONFLICT (id) DO NOTHING`;
