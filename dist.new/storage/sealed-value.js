// What must be read back (private keys) is stored sealed: AES-256-GCM under a key that is not in the database.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
const CIPHER = 'aes-256-gcm';
const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/**
 * Encrypts a text, `v1.` and base64url of nonce, tag and ciphertext.
 * @param key 32 bytes, from deriveKey
 * @param context what the value is and whose (`signing-key:<kid>`); it opens only under the same one, so that a sealed
 *   value copied to another row is refused
 */
export function seal(key, text, context) {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `${VERSION}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
}
/** @throws Error when the value was altered, or sealed under another key or for another context */
export function unseal(key, sealed, context) {
    const [version, text = ''] = sealed.split('.');
    const bytes = Buffer.from(text, 'base64url');
    if (version !== VERSION || bytes.length < NONCE_BYTES + TAG_BYTES) {
        throw new Error('This is not a sealed value.');
    }
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const opened = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
}
//# sourceMappingURL=sealed-value.js.map