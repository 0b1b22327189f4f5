import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { migrate } from '../../src/storage/migrate.ts';
import { emptyDatabase, ROOT } from '../support/database.ts';

// SQLite cannot alter much: Prisma's migrations make a table anew, copy its rows and drop the old one.
const REMAKE = `
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_users" AS SELECT * FROM "users";
DROP TABLE "users";
ALTER TABLE "new_users" RENAME TO "users";
CREATE UNIQUE INDEX "users_id" ON "users"("id");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
`;

async function migrateFurther(sql: string) {
  const { db, config, dispose } = await emptyDatabase();
  const user = await db.user.create({ data: { login: 'alice' } });
  await db.session.create({
    data: { id: 's', uid: 's', userId: user.id, payload: {}, expiresAt: new Date() },
  });
  const root = join(config.dataDir, '../later');
  cpSync(join(ROOT, 'prisma/migrations'), join(root, 'prisma/migrations'), { recursive: true });
  mkdirSync(join(root, 'prisma/migrations/sqlite/9999_later'));
  writeFileSync(join(root, 'prisma/migrations/sqlite/9999_later/migration.sql'), sql);
  const outcome = await migrate({ ...config, root }).catch((error: unknown) => error);
  const sessions = await db.session.count();
  await dispose();
  return { outcome, sessions };
}

test('a migration that makes a table anew keeps what refers to its rows', async () => {
  expect(await migrateFurther(REMAKE)).toEqual({ outcome: ['9999_later'], sessions: 1 });
});

test('a migration that leaves references to nothing is refused and undone', async () => {
  const { outcome, sessions } = await migrateFurther('DELETE FROM users;');

  expect(String(outcome)).toContain('refer to rows that do not exist');
  expect(sessions).toBe(1);
});
