import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
/** The migrations that this version of the code brings for an engine, in their order. */
export async function readMigrations(root, engine) {
    const directory = join(root, 'prisma/migrations', engine);
    const entries = await readdir(directory, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    return Promise.all(names.sort().map((name) => readMigration(directory, name)));
}
async function readMigration(directory, name) {
    const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}
//# sourceMappingURL=migration-files.js.map