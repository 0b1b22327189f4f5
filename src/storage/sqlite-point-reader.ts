import SqliteDatabase from 'better-sqlite3';
import type { PointReader } from './point-reads.ts';
import { retryWhileBusy } from './sqlite-busy.ts';

/**
 * A connection of its own that only reads, its statements prepared once: Prisma's adapter prepares a statement at
 * every query. What another connection committed before a read began is seen by it (WAL).
 * @param path of the database's file, which must exist
 */
export function openSqlitePointReader(path: string): PointReader {
  const connection = new SqliteDatabase(path, { readonly: true, fileMustExist: true, timeout: 0 });
  const prepared = new Map<string, SqliteDatabase.Statement>();

  function statement(sql: string): SqliteDatabase.Statement {
    const known = prepared.get(sql) ?? connection.prepare(sql).raw();
    prepared.set(sql, known);
    return known;
  }

  return {
    read: (sql, key) => retryWhileBusy(async () => statement(sql).all(key) as unknown[][]),
    close: () => void connection.close(),
  };
}
