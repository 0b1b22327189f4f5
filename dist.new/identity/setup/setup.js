// What this installation is: one row, made by whichever process comes first, that also proves the secret key and says
// whether the first administrator is still to come. Every function may be called by any number of processes at once.
import { readFile } from 'node:fs/promises';
import { DomainError } from '../../foundation/errors.js';
import { hashSecret, newSecret } from '../../foundation/secrets.js';
import { transact } from '../../storage/database.js';
import { isUniqueViolation } from '../../storage/database-errors.js';
import { seal, unseal } from '../../storage/sealed-value.js';
import { deriveKey } from '../../storage/secret-key.js';
import { draftUser, insertDraft, namedConflict } from '../users/new-user.js';
import * as store from './installation-store.js';
const PURPOSE = 'seal check';
const KNOWN_TEXT = 'latchkey';
/**
 * Makes the installation's row where it is missing.
 * @throws DomainError `unavailable` `wrong_secret_key` when this process cannot open what another one sealed
 */
export async function ensureInstallation({ db, clock, secretKey, }) {
    const key = deriveKey(secretKey, PURPOSE);
    const found = await store.find(db);
    if (!found)
        await insertUnlessThere(db, seal(key, KNOWN_TEXT, PURPOSE), clock.now());
    const installation = found ?? (await store.find(db));
    assertOpens(key, installation?.sealCheck ?? '');
}
/** Whether the first administrator is still to come. */
export async function isSetupPending({ db }) {
    return (await store.find(db))?.setupAt === null;
}
/** A new token for the setup link, and the end of the one before; nothing when setup is done. */
export async function issueSetupToken({ db }) {
    const token = newSecret();
    return (await store.replaceSetupToken(db, hashSecret(token))) ? token : undefined;
}
/**
 * Makes the administrator of ADMIN_EMAIL and ADMIN_PASSWORD_FILE while setup is pending; else it does nothing.
 * @throws DomainError `invalid` `admin_password_unreadable`, and those of createUser
 */
export async function bootstrapAdministrator(deps) {
    const { adminEmail: email, adminPasswordFile: file } = deps.config;
    if (!email || !file || !(await isSetupPending(deps)))
        return undefined;
    const person = { login: email, email, password: await readFirstLine(file), administrator: true };
    const draft = await draftUser(deps.passwordHashing, person);
    const act = { at: deps.clock.now(), actor: { type: 'system' } };
    try {
        return await transact(deps.db, async (tx) => 
        // Of several nodes, one finds setup pending; the others wait for it and find it done.
        (await store.withdrawSetupToken(tx)) ? insertDraft(tx, draft, act) : undefined);
    }
    catch (error) {
        throw await namedConflict(deps.db, draft, error);
    }
}
async function insertUnlessThere(db, sealCheck, at) {
    try {
        await store.insert(db, sealCheck, at);
    }
    catch (error) {
        if (!isUniqueViolation(error))
            throw error;
    }
}
function assertOpens(key, sealCheck) {
    try {
        unseal(key, sealCheck, PURPOSE);
    }
    catch (cause) {
        const message = 'The secret key is not the one that this database was made with, so its signing keys cannot be opened. ' +
            'Set SECRET_KEY (or SECRET_KEY_FILE, or the file secret-key in DATA_DIR) to the former key.';
        throw new DomainError('unavailable', 'wrong_secret_key', message, { cause });
    }
}
async function readFirstLine(path) {
    try {
        return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
    }
    catch (cause) {
        const message = `ADMIN_PASSWORD_FILE: ${path} cannot be read.`;
        throw new DomainError('invalid', 'admin_password_unreadable', message, { cause });
    }
}
//# sourceMappingURL=setup.js.map