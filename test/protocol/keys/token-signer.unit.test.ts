import { createPublicKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { compactVerify, exportJWK, generateKeyPair, type JWK } from 'jose';
import { TokenSigner } from '../../../src/protocol/keys/token-signer.ts';

async function privateJwk(alg: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, {
    extractable: true,
    ...(alg === 'EdDSA' && { crv: 'Ed25519' }),
  });
  return { ...(await exportJWK(privateKey)), kid: 'k', alg, use: 'sig' };
}

test.each(['ES256', 'RS256', 'EdDSA'])('what it signs by %s verifies', async (alg) => {
  const jwk = await privateJwk(alg);
  const signer = new TokenSigner(jwk);
  const input = [{ alg }, { sub: 'alice' }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = await signer.sign(new Uint8Array(Buffer.from(input)));
  const token = `${input}.${Buffer.from(signature).toString('base64url')}`;

  const { payload } = await compactVerify(
    token,
    createPublicKey({ format: 'jwk', key: { ...jwk } }),
  );
  expect(JSON.parse(Buffer.from(payload).toString())).toEqual({ sub: 'alice' });
  await expect(compactVerify(`${token.slice(0, -8)}AAAAAAAA`, signer.keyObject())).rejects.toThrow(
    'signature',
  );
});

test('it names its key, and shows nothing but the public half', async () => {
  const jwk = await privateJwk('ES256');
  const signer = new TokenSigner(jwk);
  expect([signer.kid, signer.alg, signer.kty, signer.x]).toEqual(['k', 'ES256', 'EC', jwk.x]);
  expect(signer.keyObject().type).toBe('public');
  expect(JSON.stringify(signer)).not.toContain(String(jwk.d));
});

test('an algorithm that is not ours is refused', async () => {
  const jwk = { ...(await privateJwk('ES256')), alg: 'HS256' };
  expect(() => new TokenSigner(jwk)).toThrow('There is no signing by HS256.');
});
