// What a person is called: parsed once, at the edge, so that one person has one spelling.
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.js';
const MAX_CHARACTERS = 254;
const MAX_NAME_CHARACTERS = 200;
/**
 * A login that looks like an e-mail address must be the person's own address, and is taken as such when none is given:
 * otherwise somebody could register the address of another as a login and catch their sign-ins.
 * @throws DomainError `invalid` `login_malformed`, `email_malformed`, `login_not_own_email` or `name_malformed`
 */
export function readProfile(request) {
    const login = readLogin(request.login);
    if (login === undefined)
        throw malformed('login', 'A username has no spaces or control characters and at most 254 characters.');
    const email = readOwnEmail(request.email || (login.includes('@') ? login : undefined));
    if (login.includes('@') && login !== email) {
        const message = 'A username with an @ must be the same as the e-mail address.';
        throw new DomainError('invalid', 'login_not_own_email', message);
    }
    return { login, email: email ?? null, name: readName(request.name) };
}
/**
 * The stored spelling of what is typed at sign-in: NFKC, lower case, trimmed.
 * Nothing for what cannot be anybody's: empty, too long, with spaces, control or invisible characters.
 */
export function readLogin(text) {
    if (text.length > MAX_CHARACTERS * 2)
        return undefined;
    // Lower case may decompose a letter, so the text is composed again.
    const login = text.normalize('NFKC').trim().toLowerCase().normalize('NFKC');
    const impossible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}\s]/u.test(login);
    return login === '' || login.length > MAX_CHARACTERS || impossible ? undefined : login;
}
// ASCII alone: no address that merely looks like another one.
const emailAddress = z.email().max(MAX_CHARACTERS);
function readOwnEmail(text) {
    if (text === undefined)
        return undefined;
    const parsed = emailAddress.safeParse(text.trim().toLowerCase());
    if (!parsed.success)
        throw malformed('email', 'This is not an e-mail address.');
    return parsed.data;
}
/** Control characters, and those that turn the direction of what follows on a page. */
const DECEIVING = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;
function readName(text) {
    const name = text?.normalize('NFC').trim();
    if (!name)
        return null;
    if (name.length > MAX_NAME_CHARACTERS || DECEIVING.test(name)) {
        throw malformed('name', `A name has no control characters and at most ${MAX_NAME_CHARACTERS} characters.`);
    }
    return name;
}
function malformed(field, message) {
    return new DomainError('invalid', `${field}_malformed`, message);
}
//# sourceMappingURL=user-profile.js.map