// The only doorway to argon2: how passwords are hashed, and how much of that a process does at a time.
import argon2 from 'argon2';
import { DomainError } from '../../foundation/errors.js';
import { createBoundedQueue } from './bounded-queue.js';
import { readPassword } from './password-text.js';
/** The OWASP Password Storage Cheat Sheet's first choice for argon2id: 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1, hashLength: 32 };
/**
 * No password has this hash (its 32 bytes are zero). Verified where there is no user or no password,
 * so that those take as long as a wrong password.
 */
const NOBODYS_HASH = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;
export function createPasswordHashing(limits) {
    const queue = createBoundedQueue(limits, refuseBusy);
    return {
        async hash(password) {
            const text = readPassword(password);
            if (text === undefined)
                throw unusable();
            return queue.run(() => argon2.hash(text, { ...PARAMETERS, type: argon2.argon2id }));
        },
        async verify(phc, password) {
            const text = readPassword(password);
            // Whoever is asked for, an impossible password is refused without a hash: it tells nothing about the user.
            if (text === undefined)
                return false;
            return queue.run(() => argon2.verify(phc ?? NOBODYS_HASH, text));
        },
        needsRehash: (phc) => argon2.needsRehash(phc, PARAMETERS),
        depth: () => queue.depth(),
    };
}
function refuseBusy() {
    const message = 'Too many people are signing in at the moment. Try again in a few seconds.';
    return new DomainError('unavailable', 'sign_in_busy', message, { retryAfterSeconds: 2 });
}
function unusable() {
    return new DomainError('invalid', 'password_unusable', 'This text cannot be a password.');
}
//# sourceMappingURL=password-hash.js.map