// What a failure of the database means, however it arrives: as Prisma's error, as its driver adapter's, or raw.

/** What keeps a database from being used, as far as somebody can do something about it. */
export type DatabaseFault =
  | 'full'
  | 'read-only'
  | 'failing'
  | 'damaged'
  | 'cannot-open'
  | 'locked'
  | 'missing'
  | 'access-denied'
  | 'away';

/** Nothing for a refused statement, and for what has nothing to do with the database. */
export function databaseFaultOf(error: unknown): DatabaseFault | undefined {
  const signs = signsOf(error);
  return FAULTS.find(([, pattern]) => signs.some((sign) => pattern.test(sign)))?.[0];
}

/** The database cannot be reached, or cannot write just now: the caller may try again later. */
export function isUnavailable(error: unknown): boolean {
  return databaseFaultOf(error) !== undefined;
}

/** A row with the same unique value exists. */
export function isUniqueViolation(error: unknown): boolean {
  return signsOf(error).some((sign) => UNIQUE.test(sign));
}

/** A row that this one refers to does not exist, or one that must go is still referred to. */
export function isForeignKeyViolation(error: unknown): boolean {
  return signsOf(error).some((sign) => FOREIGN_KEY.test(sign));
}

/** The transaction lost against a concurrent one and can only be repeated as a whole. */
export function isWriteConflict(error: unknown): boolean {
  return signsOf(error).some((sign) => WRITE_CONFLICT.test(sign));
}

const UNIQUE = /^(P2002|23505|SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY))$/;
const FOREIGN_KEY = /^(P2003|23503|23001|SQLITE_CONSTRAINT_(FOREIGNKEY|TRIGGER))$/;
const WRITE_CONFLICT = /^(P2034|40001|40P01)$/;

const AWAY = new RegExp(
  [
    // Prisma and its adapters: not reachable, timed out, closed, too many connections.
    'P100[12]|P1008|P1011|P1017|P2024|P2037',
    'DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections|TlsConnectionError',
    // PostgreSQL: connection (08), resources (53), shutdown and start-up (57P), system (58), timeouts.
    '08...|53...|57P..|58...|57014|55P03|25P0[34]',
    'SQLITE_(PROTOCOL|NOMEM)(_\\w+)?',
    'ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|EHOSTUNREACH|ENETUNREACH',
  ]
    .map((codes) => `^(${codes})$`)
    .join('|'),
);

// What the PostgreSQL driver and Prisma's transactions say without a code of their own.
const LOST_CONNECTION =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Cannot use a pool)|Unable to start a transaction in the given time|expired transaction/;

// By SQLite's name, PostgreSQL's SQLSTATE, and the codes and kinds of Prisma and its adapters; the first that fits counts.
const FAULTS: readonly (readonly [DatabaseFault, RegExp])[] = [
  ['full', /^(SQLITE_FULL|SQLITE_IOERR_SHMSIZE|53100)$/],
  ['read-only', /^(SQLITE_READONLY(_\w+)?|25006)$/],
  ['failing', /^(SQLITE_IOERR(_\w+)?|58030)$/],
  ['damaged', /^(SQLITE_(NOTADB|CORRUPT)(_\w+)?|XX00[12])$/],
  ['cannot-open', /^SQLITE_CANTOPEN(_\w+)?$/],
  ['locked', /^SQLITE_(BUSY|LOCKED)(_\w+)?$/],
  ['missing', /^(3D000|P1003|DatabaseDoesNotExist)$/],
  ['access-denied', /^(28P01|28000|P1000|P1010|AuthenticationFailed|DatabaseAccessDenied)$/],
  ['away', AWAY],
  ['away', LOST_CONNECTION],
];

const LONGEST_CHAIN = 8;

/** Every code and message that an error carries, through its causes and what Prisma wraps. */
function signsOf(error: unknown, depth = 0): string[] {
  if (depth > LONGEST_CHAIN || typeof error !== 'object' || error === null) return [];

  const { code, originalCode, kind, message, cause, meta, driverAdapterError, errors } =
    readLink(error);
  const own = [code, originalCode, kind, message].filter((sign) => typeof sign === 'string');
  const wrapped = [cause, meta, driverAdapterError, ...(Array.isArray(errors) ? errors : [])];
  return [...own, ...wrapped.flatMap((inner) => signsOf(inner, depth + 1))];
}

interface Link {
  code?: unknown;
  originalCode?: unknown;
  kind?: unknown;
  message?: unknown;
  cause?: unknown;
  /** Where Prisma's errors keep the adapter's. */
  meta?: unknown;
  driverAdapterError?: unknown;
  /** Of an AggregateError: one for each address that was tried. */
  errors?: unknown;
}

function readLink(error: object): Link {
  return error;
}
