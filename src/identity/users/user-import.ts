// People of another system, in batches of one transaction each. What is there already is skipped, so a run that was
// interrupted, or whose faults were mended, is repeated with the same file.
//
// Each person gets an audit event of their own: whoever looks up a person finds where they come from, which one event
// for a batch would not tell. It costs a row of about the person's own size.
import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import { newTimeOrderedIds } from '../../foundation/time-ordered-ids.ts';
import type { Actor } from '../../operations/audit/audit-events.ts';
import { appendAuditEvents } from '../../operations/audit/audit-log.ts';
import { type Database, engineOf, transact } from '../../storage/database.ts';
import { type ImportedUser, readImportLine } from './import-line.ts';
import { findTakenLogins, type ImportedUserRow, insertMany } from './user-import-store.ts';

/** A line of the file, by its number. */
export interface NumberedLine {
  number: number;
  text: string;
}

export interface ImportFault {
  line: number;
  message: string;
}

export interface ImportOutcome {
  imported: number;
  /** There already, by login. */
  skipped: number;
  faults: ImportFault[];
}

interface Deps {
  db: Database;
  clock: Clock;
  config: Pick<Config, 'databaseUrl'>;
}

/** Imports whoever can be; the rest is told by line. Nothing of a batch is there unless all of it is. */
export async function importUsers(
  { db, clock, config }: Deps,
  lines: readonly NumberedLine[],
  actor: Actor,
): Promise<ImportOutcome> {
  const at = clock.now();
  const read = lines.map(({ number, text }) => ({ line: number, ...readImportLine(text) }));
  const people = read.flatMap((one) => ('user' in one ? [{ line: one.line, ...one.user }] : []));
  const rows = rowsOf(people, at);

  const left = await transact(db, async (tx) => {
    const access = { db: tx, engine: engineOf(config) };
    const inserted = await insertMany(access, rows);
    const events = rows.filter(({ id }) => inserted.has(id)).map((user) => eventOf(user, actor));
    await appendAuditEvents(access, at, events);
    return rows.filter(({ id }) => !inserted.has(id));
  });
  const { skipped, faults } = await explain(db, left);
  const misread = read.flatMap((one) =>
    'fault' in one ? [{ line: one.line, message: one.fault }] : [],
  );
  return {
    imported: rows.length - left.length,
    skipped,
    faults: [...misread, ...faults].toSorted((a, b) => a.line - b.line),
  };
}

type Candidate = ImportedUserRow & { line: number };

function rowsOf(people: (ImportedUser & { line: number })[], at: Date): Candidate[] {
  const ids = newTimeOrderedIds(at, people.length);
  return people.map(({ disabled, createdAt, ...user }, i) => ({
    ...user,
    id: ids[i] ?? '',
    createdAt: createdAt ?? at,
    updatedAt: at,
    disabledAt: disabled ? at : null,
  }));
}

function eventOf({ id, login }: Candidate, actor: Actor) {
  const target = { type: 'user', id } as const;
  return { type: 'user.imported', outcome: 'success', actor, target, detail: { login } } as const;
}

/** Who was left out is there already, by login, or else wants the address of somebody else. */
async function explain(db: Database, left: Candidate[]): Promise<Omit<ImportOutcome, 'imported'>> {
  if (left.length === 0) return { skipped: 0, faults: [] };

  const logins = await findTakenLogins(
    db,
    left.map(({ login }) => login),
  );
  const strangers = left.filter(({ login }) => !logins.has(login));
  return {
    skipped: left.length - strangers.length,
    faults: strangers.map(({ line }) => ({ line, message: 'This email address is taken.' })),
  };
}
