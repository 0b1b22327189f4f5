import { readLogin } from './user-profile.js';
import { findBySignInName, replacePasswordHash } from './user-store.js';
/** Of the person with this login or, if nobody has it, this e-mail address, as somebody typed it. */
export async function findCredentials({ db }, name) {
    const login = readLogin(name);
    const found = login === undefined ? null : await findBySignInName(db, login);
    if (!found)
        return undefined;
    const { passwordHash, ...user } = found;
    return { user, passwordHash };
}
/** The same password, hashed anew; without effect on a password that was set meanwhile. */
export async function renewHash({ db }, { user, passwordHash }, renewed) {
    await replacePasswordHash(db, { id: user.id, passwordHash }, renewed);
}
//# sourceMappingURL=credentials.js.map