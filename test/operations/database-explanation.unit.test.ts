import { expect, test } from '@jest/globals';
import { explainDatabaseFault } from '../../src/operations/database-explanation.ts';

const failure = (code: string, message = 'it failed') =>
  Object.assign(new Error(message), { code });

test.each([
  ['SQLITE_FULL', 'is full (it failed). Free space'],
  ['SQLITE_IOERR_SHMSIZE', 'is full'],
  ['53100', 'is full'],
  ['SQLITE_READONLY_DIRECTORY', 'can’t be written'],
  ['25006', 'standby'],
  ['SQLITE_IOERR_WRITE', 'disk that holds the database fails'],
  ['SQLITE_NOTADB', 'restore a backup'],
  ['SQLITE_CORRUPT_VTAB', 'restore a backup'],
  ['SQLITE_CANTOPEN', 'DATA_DIR'],
  ['SQLITE_BUSY', 'Another process'],
  ['3D000', 'does not exist'],
  ['28P01', 'the password'],
  ['ECONNREFUSED', 'can’t be reached'],
  ['57P03', 'can’t be reached'],
])('%s is told with its remedy', (code, hint) => {
  expect(explainDatabaseFault(failure(code))).toContain(hint);
  const wrapped = new Error('query failed', { cause: failure(code) });
  expect(explainDatabaseFault(wrapped)).toContain(hint);
});

test.each(['SQLITE_CONSTRAINT_UNIQUE', '23505', '40001', 'ENOENT', 'ERR_INVALID_URL'])(
  '%s is not the database’s fault',
  (code) => {
    expect(explainDatabaseFault(failure(code))).toBeUndefined();
  },
);

test('the reason is the innermost, on one line, and holds no password', () => {
  const inner = failure(
    'SQLITE_FULL',
    '\nInvalid `prisma.user.create()` invocation:\n\n\nno room at postgresql://idp:hunter2@db/x',
  );
  const told = explainDatabaseFault(new Error('outer', { cause: inner }));
  expect(told).toContain('(no room at postgresql://idp:[redacted]@db/x)');
});
