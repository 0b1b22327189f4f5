import { expect, test } from '@jest/globals';
import { connectDatabase, engineOf } from '../../src/storage/database.ts';
import { emptyDatabase } from '../support/database.ts';

// Read as Berlin's wall clock, the first occurs twice and the last does not occur.
const TIMES = ['2026-10-25T02:30:00.123Z', '2026-10-25T03:30:00.123Z', '2026-03-29T02:30:00.000Z'];

test('times come back as they went in, whatever zone the database is set to', async () => {
  const { db: first, config, dispose } = await emptyDatabase();
  if (engineOf(config) === 'postgresql') {
    await first.$executeRawUnsafe(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone TO ''Europe/Berlin''', current_database()); END $$`,
    );
  }
  const db = await connectDatabase(config);
  const event = { type: 'x', outcome: 'success', actorType: 'system' };
  for (const at of TIMES) await db.auditEvent.create({ data: { ...event, at } });

  const events = await db.auditEvent.findMany({ orderBy: { at: 'asc' } });
  const before = await db.auditEvent.count({
    where: { at: { lt: new Date('2026-10-25T03:00:00Z') } },
  });
  await db.$disconnect();
  await dispose();

  expect(events.map(({ at }) => at.toISOString())).toEqual(TIMES.toSorted());
  expect(before).toBe(2);
});
