// A process of its own that writes to the database file named by DATA_DIR, and says so: one line for each row that it
// was told is written. With HOLD_MS it keeps a transaction open that long instead.
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../src/config.ts';
import { connectDatabase, transact } from '../../src/storage/database.ts';
import { ROOT } from '../support/database.ts';

const [prefix = 'row', rows = '100', holdMs = '0'] = process.argv.slice(2);
const db = await connectDatabase(readConfig({ DATA_DIR: process.env['DATA_DIR'] }, ROOT));

if (Number(holdMs) > 0) {
  await transact(db, async (tx) => {
    await tx.revision.create({ data: { topic: prefix, number: 1 } });
    process.stdout.write(`${prefix}\n`);
    await sleep(Number(holdMs));
  });
} else {
  await Promise.all(Array.from({ length: 8 }, (_, lane) => write(lane)));
}
await db.$disconnect();

async function write(lane: number) {
  for (let i = lane; i < Number(rows); i += 8) {
    const topic = `${prefix}-${i}`;
    const data = { topic, number: 1 };
    await (i % 3
      ? db.revision.create({ data })
      : transact(db, (tx) => tx.revision.create({ data })));
    process.stdout.write(`${topic}\n`);
  }
}
