export const MAX_PASSWORD_CHARACTERS = 128;
/** A character is at most two UTF-16 units, and composing may join several of them: more cannot fit. */
const MAX_UNITS = MAX_PASSWORD_CHARACTERS * 4;
/**
 * The form in which a password is hashed: NFKC, so that it is the same from every keyboard (NIST SP 800-63B-4 §3.1.1.2).
 * Nothing for what cannot be a password: too long to be worth hashing, NUL, half a character.
 */
export function readPassword(text) {
    if (text.length > MAX_UNITS || text.includes('\0') || !text.isWellFormed())
        return undefined;
    const password = text.normalize('NFKC');
    return passwordLength(password) > MAX_PASSWORD_CHARACTERS ? undefined : password;
}
/** In characters (code points), as people count. */
export function passwordLength(password) {
    return Array.from(password).length;
}
//# sourceMappingURL=password-text.js.map