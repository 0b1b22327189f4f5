// What a new password must be. A function of values: no clock, no database, no setting to weaken it.
//
// NIST SP 800-63B-4 §3.1.1.2: length and a blocklist protect; composition rules and forced changes make people
// choose worse, so there are none. It asks for 15 characters where a password is the only factor and 8 beside a
// second one. The minimum here is 8, a deviation while a password is the only factor: guesses are rate-limited, the
// hash is memory-hard and the likeliest guesses are refused. Long passphrases are welcome, and nothing is truncated.
import { isCommonPassword, isOneOf } from './common-passwords.js';
import { MAX_PASSWORD_CHARACTERS, passwordLength, readPassword } from './password-text.js';
export const MIN_PASSWORD_CHARACTERS = 8;
const SERVICE_NAME = 'latchkey';
const FAULTS = {
    password_unusable: `A password has at most ${MAX_PASSWORD_CHARACTERS} characters, none of them NUL.`,
    password_too_short: `A password has at least ${MIN_PASSWORD_CHARACTERS} characters.`,
    password_common: 'This password is among the first that an attacker tries. Choose another.',
    password_personal: 'This password is your own or this service’s name. Choose another.',
};
/** Why this must not become the owner's password; nothing when it may. */
export function findPasswordFault(text, owner) {
    const code = faultCode(readPassword(text), owner);
    return code && { code, message: FAULTS[code] };
}
function faultCode(password, owner) {
    if (password === undefined)
        return 'password_unusable';
    if (passwordLength(password) < MIN_PASSWORD_CHARACTERS)
        return 'password_too_short';
    if (isCommonPassword(password))
        return 'password_common';
    if (isOneOf(ownNames(owner), password))
        return 'password_personal';
    return undefined;
}
function ownNames({ login, email }) {
    const names = [SERVICE_NAME, login, email ?? '', localPart(login), localPart(email ?? '')];
    return new Set(names.map((name) => name.normalize('NFKC').toLowerCase()).filter(Boolean));
}
function localPart(address) {
    return address.split('@')[0] ?? '';
}
//# sourceMappingURL=password-policy.js.map