import { stat } from 'node:fs/promises';
import { sqliteFile } from '../storage/data-directory.js';
import { engineOf } from '../storage/database.js';
import { assertMigrated, migrate } from '../storage/migrate.js';
/**
 * A database that is up to date. The command line brings none up to date by the way: the server may be running on it.
 * But where there is none yet, and MIGRATE allows it, it makes the embedded one, so that commands work before the
 * server's first start.
 * @throws DomainError `unavailable`, saying what to run
 */
export async function requireDatabase(config) {
    if (config.migrate === 'auto' && (await isMissing(config)))
        await migrate(config);
    await assertMigrated(config);
}
async function isMissing(config) {
    if (engineOf(config) !== 'sqlite')
        return false;
    const size = await stat(sqliteFile(config)).then((file) => file.size, () => 0);
    return size === 0;
}
//# sourceMappingURL=database-state.js.map