// What is wrong with the database and what to do about it, in one wording for the terminal and for the log.
import { type DatabaseFault, databaseFaultOf } from '../storage/database-errors.ts';
import { maskSecrets } from './masking.ts';

/** Nothing for an error that is none of the database's. */
export function explainDatabaseFault(error: unknown): string | undefined {
  const fault = databaseFaultOf(error);
  if (!fault) return undefined;

  const { state, remedy } = EXPLANATIONS[fault];
  return `${state} (${reasonOf(error)}). ${remedy}`;
}

const EXPLANATIONS: Record<DatabaseFault, { state: string; remedy: string }> = {
  full: {
    state: 'The disk that holds the database is full',
    remedy: 'Free space on it; nothing else needs to be done.',
  },
  'read-only': {
    state: 'The database can’t be written',
    remedy:
      'See that DATA_DIR and the files in it may be written by this user, or that DATABASE_URL names no standby.',
  },
  failing: {
    state: 'The disk that holds the database fails',
    remedy: 'See whether it is full or broken, and what the system’s log says of it.',
  },
  damaged: {
    state: 'The database is damaged, or its file is none',
    remedy:
      'Stop the server and restore a backup: the file latchkey.db in DATA_DIR, or what DATABASE_URL names.',
  },
  'cannot-open': {
    state: 'The database’s file can’t be opened',
    remedy: 'See that DATA_DIR is the right directory and that this user may read and write in it.',
  },
  locked: {
    state: 'Another process keeps the database locked',
    remedy: 'Try again when it is done.',
  },
  missing: {
    state: 'DATABASE_URL names a database that does not exist',
    remedy: 'Create it, or correct the name.',
  },
  'access-denied': {
    state: 'The database refuses who DATABASE_URL says we are',
    remedy: 'Correct the user and the password there, or let this user in.',
  },
  away: {
    state: 'The database can’t be reached',
    remedy: 'See that it runs and that DATABASE_URL is right.',
  },
};

/** The innermost cause says most (a refused connection, a wrong password), and the last line of Prisma's messages. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const code = 'code' in error ? String(error.code) : error.name;
  return maskSecrets(error.message.trim().split('\n').at(-1) ?? '') || code;
}
