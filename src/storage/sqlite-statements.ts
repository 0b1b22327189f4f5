// Prepared statements that are kept. Prisma's adapter prepares every statement anew, which takes longer than most of
// them take to run; SQLite itself prepares a kept one again when another process has changed the schema.
import type { Database, Statement } from 'better-sqlite3';

// Lists of values make statements of any length: more texts than these are not worth their memory.
const MOST_STATEMENTS = 500;

/** What the adapter asks of a statement. */
interface Bound {
  reader: boolean;
  run(): unknown;
  columns(): unknown;
  raw(): { all(): unknown[] };
}

/** From now on the connection gives the adapter the same statement for the same text. */
export function keepStatements(connection: Database): void {
  const prepare = connection.prepare.bind(connection);
  const kept = new Map<string, (values: unknown[]) => Bound>();

  const bind = (sql: string) => {
    const known = kept.get(sql);
    if (known) return known;

    if (kept.size >= MOST_STATEMENTS) kept.clear();
    const made = bindable(prepare(sql));
    kept.set(sql, made);
    return made;
  };
  Object.assign(connection, { prepare: (sql: string) => ({ bind: bind(sql) }) });
}

// Values are bound for one execution: better-sqlite3 binds for good but once. The columns are asked for after it, since
// only then are they of the schema that the rows are of.
function bindable(statement: Statement): (values: unknown[]) => Bound {
  const { reader } = statement;
  if (reader) statement.raw();
  return (values) => {
    let rows: unknown[] | undefined;
    const execute = () => (rows ??= statement.all(values));
    return {
      reader,
      run: () => statement.run(values),
      columns() {
        execute();
        return statement.columns();
      },
      raw: () => ({ all: execute }),
    };
  };
}
