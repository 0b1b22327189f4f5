// Signs what the server issues, by WebCrypto's thread pool as the provider would, but without the work on headers and
// keys that its JOSE library repeats for every token. Its other gift: the private keys can be used, and not be read.
import { createPrivateKey, createPublicKey, type KeyObject, webcrypto } from 'node:crypto';
import type { JWK } from 'jose';
import { ExternalSigningKey } from 'oidc-provider';

type Algorithm = Parameters<typeof webcrypto.subtle.sign>[0];

interface Scheme {
  name: string;
  /** For importing. */
  parameters: Parameters<KeyObject['toCryptoKey']>[0];
  /** For signing. */
  algorithm: Algorithm;
}

/** RFC 7518 §3, RFC 8037 §3.1. WebCrypto's ECDSA signatures have the form that JOSE wants. */
const SCHEMES: Record<string, Omit<Scheme, 'name'>> = {
  ES256: {
    parameters: { name: 'ECDSA', namedCurve: 'P-256' },
    algorithm: { name: 'ECDSA', hash: 'SHA-256' },
  },
  RS256: {
    parameters: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    algorithm: { name: 'RSASSA-PKCS1-v1_5' },
  },
  EdDSA: { parameters: { name: 'Ed25519' }, algorithm: { name: 'Ed25519' } },
};

/** One private key of the server's set. */
export class TokenSigner extends ExternalSigningKey {
  readonly #publicKey: KeyObject;
  readonly #privateKey: webcrypto.CryptoKey;
  readonly #algorithm: Algorithm;

  /** @param jwk a private key whose `kid` and `alg` say what it is for @throws TypeError for an `alg` that is not ours */
  constructor(jwk: JWK) {
    super();
    Object.assign(this, { kid: jwk.kid, alg: jwk.alg });
    const scheme = SCHEMES[jwk.alg ?? ''];
    if (!scheme) throw new TypeError(`There is no signing by ${jwk.alg}.`);

    const key = createPrivateKey({ format: 'jwk', key: { ...jwk } });
    this.#publicKey = createPublicKey(key);
    this.#privateKey = key.toCryptoKey(scheme.parameters, false, ['sign']);
    this.#algorithm = scheme.algorithm;
  }

  override keyObject(): KeyObject {
    return this.#publicKey;
  }

  override async sign(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    return new Uint8Array(await webcrypto.subtle.sign(this.#algorithm, this.#privateKey, data));
  }
}
