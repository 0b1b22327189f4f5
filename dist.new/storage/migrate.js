import { DomainError } from '../foundation/errors.js';
import { engineOf } from './database.js';
import { readMigrations } from './migration-files.js';
/**
 * Applies what is missing, each migration once however many processes start at a time.
 * @returns the names of those that this process applied
 * @throws DomainError `unavailable`: `database_too_new`, `migration_changed`, `migration_unfinished` or
 *   `data_directory_unwritable`
 */
export async function migrate(config) {
    const migrations = await readMigrations(config.root, engineOf(config));
    return withLedger(config, async (ledger) => {
        if (missingOf(migrations, await ledger.read()).length === 0)
            return [];
        return ledger.exclusively(async () => {
            const missing = missingOf(migrations, await ledger.read());
            for (const migration of missing)
                await ledger.apply(migration);
            return missing.map(({ name }) => name);
        });
    });
}
/**
 * Changes nothing.
 * @throws DomainError as migrate does, and `unavailable` `database_not_migrated` when a migration is missing
 */
export async function assertMigrated(config) {
    const migrations = await readMigrations(config.root, engineOf(config));
    const recorded = await withLedger(config, (ledger) => ledger.read());
    const [first, ...others] = missingOf(migrations, recorded);
    if (!first)
        return;
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    throw refusal('database_not_migrated', `The database lacks the migration ${first.name}${more}. Run \`latchkey migrate\`, or start with MIGRATE=auto.`);
}
async function withLedger(config, work) {
    const ledger = await openLedger(config);
    try {
        return await work(ledger);
    }
    finally {
        await ledger.close();
    }
}
async function openLedger(config) {
    if (config.databaseUrl) {
        const { openPostgresLedger } = await import('./postgres-ledger.js');
        return openPostgresLedger(config.databaseUrl);
    }
    const { openSqliteLedger } = await import('./sqlite-ledger.js');
    return openSqliteLedger(config);
}
function missingOf(migrations, recorded) {
    const known = new Map(migrations.map((migration) => [migration.name, migration]));
    const inForce = recorded.filter(({ rolledBack }) => !rolledBack);
    for (const record of inForce)
        refuseUnfit(record, known.get(record.name));
    const applied = new Set(inForce.map(({ name }) => name));
    return migrations.filter(({ name }) => !applied.has(name));
}
function refuseUnfit(record, known) {
    const { name } = record;
    if (!known) {
        throw refusal('database_too_new', `The database has the migration ${name}, which this version of Latchkey does not know: a newer version has used it. Start that version, or restore a backup from before the upgrade.`);
    }
    if (!record.finished) {
        throw refusal('migration_unfinished', `The migration ${name} was begun and did not finish. Restore a backup, or mend the schema and mark the migration with \`prisma migrate resolve\`.`);
    }
    if (record.checksum !== known.checksum) {
        throw refusal('migration_changed', `The migration ${name} was applied with another content than the file has now. Restore the file; a change of the schema is a migration of its own.`);
    }
}
function refusal(code, message) {
    return new DomainError('unavailable', code, message);
}
//# sourceMappingURL=migrate.js.map