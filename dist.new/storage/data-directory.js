// The directory of the embedded database and of generated secrets: for the server's own user alone.
import { constants } from 'node:fs';
import { access, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../foundation/errors.js';
/** The path of the embedded database. */
export function sqliteFile({ dataDir }) {
    return join(dataDir, 'latchkey.db');
}
/**
 * Makes the directory and an empty database file where they are missing, readable for nobody else.
 * @throws DomainError `unavailable` `data_directory_unwritable`
 */
export async function prepareDataDirectory(place) {
    try {
        await mkdir(place.dataDir, { recursive: true, mode: 0o700 });
        await access(place.dataDir, constants.W_OK | constants.X_OK);
        const file = await open(sqliteFile(place), 'a', 0o600);
        await file.close();
    }
    catch (cause) {
        throw unwritable(place, cause);
    }
}
/** The refusal that says what to do when the data directory does not take what must be written. */
export function unwritable({ dataDir }, cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new DomainError('unavailable', 'data_directory_unwritable', `The data directory ${dataDir} cannot be written (${reason}). Make it writable for the user that runs the server, free space on its disk, or set DATA_DIR to another directory.`, { cause });
}
//# sourceMappingURL=data-directory.js.map