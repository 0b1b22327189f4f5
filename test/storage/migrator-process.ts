// A process of its own that brings the database of its environment up to date, and prints what it applied.
import { readConfig } from '../../src/config.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { ROOT } from '../support/database.ts';

console.log(JSON.stringify(await migrate(readConfig(process.env, ROOT))));
