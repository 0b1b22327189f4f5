// DPoP proofs (RFC 9449) and signed tokens as an attacker would make them, each part to be replaced.
import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export interface ProofKey {
  privateKey: Parameters<SignJWT['sign']>[0];
  jwk: JWK;
}

export async function newProofKey(alg = 'ES256'): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: await exportJWK(publicKey) };
}

export const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url');

/** A proof for POST to that URL, made just now; `claims` and `header` replace parts of it. */
export function proofOf(
  { privateKey, jwk }: ProofKey,
  htu: string,
  {
    claims = {},
    header = {},
  }: { claims?: Record<string, unknown>; header?: Record<string, unknown> } = {},
): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  return new SignJWT({ htm: 'POST', htu, iat, jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
    .sign(privateKey);
}

const part = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A compact JWS with any header, claims and signature. */
export function forgedToken(
  header: object,
  claims: object,
  sign: (input: string) => Buffer = () => Buffer.alloc(0),
): string {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${sign(input).toString('base64url')}`;
}
