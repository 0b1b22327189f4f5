// An authenticator in software (WebAuthn Level 3), every part of whose answers can be replaced: what a good one and a
// forged one say. It speaks ES256 unless told otherwise.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export const FLAGS = { up: 1, uv: 4, be: 8, bs: 16, at: 64 } as const;

export interface SecurityKey {
  id: Buffer;
  privateKey: KeyObject;
  /** COSE. */
  publicKey: Buffer;
  counter: number;
  /** What it was told of its person. */
  userHandle: string;
  /** Of what it says of itself: user present and verified, unless told otherwise. */
  flags: number;
}

/** What an answer is to, and what is to differ in it from the truth. */
export interface Ceremony {
  challenge: string;
  origin: string;
  rpId: string;
  type?: string;
  crossOrigin?: boolean;
  flags?: number;
  counter?: number;
  userHandle?: string | undefined;
}

const b64 = (bytes: Buffer) => bytes.toString('base64url');
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();

export function newSecurityKey(flags: number = FLAGS.up | FLAGS.uv): SecurityKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  return {
    id: randomBytes(32),
    privateKey,
    publicKey: cbor(
      new Map<number, unknown>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x, 'base64url')],
        [-3, Buffer.from(y, 'base64url')],
      ]),
    ),
    counter: 0,
    userHandle: '',
    flags,
  };
}

/** The answer to navigator.credentials.create(), as the page's script sends it. */
export function register(
  key: SecurityKey,
  { flags = key.flags, counter = key.counter, ...ceremony }: Ceremony,
  statement: { fmt: string; attStmt: Map<string, unknown> } = { fmt: 'none', attStmt: new Map() },
): string {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(key.id.length);
  const attested = Buffer.concat([Buffer.alloc(16), length, key.id, key.publicKey]);
  const authData = Buffer.concat([
    authenticatorData({ rpId: ceremony.rpId, flags: flags | FLAGS.at, counter }),
    attested,
  ]);
  const attestationObject = cbor(
    new Map<string, unknown>([
      ['fmt', statement.fmt],
      ['attStmt', statement.attStmt],
      ['authData', authData],
    ]),
  );
  return JSON.stringify({
    id: b64(key.id),
    rawId: b64(key.id),
    type: 'public-key',
    response: {
      clientDataJSON: b64(clientData({ type: 'webauthn.create', ...ceremony })),
      attestationObject: b64(attestationObject),
      transports: ['internal'],
    },
  });
}

/** The answer to navigator.credentials.get(), as the page's script sends it. */
export function assert(key: SecurityKey, ceremony: Ceremony): string {
  const { flags = key.flags, counter = key.counter, rpId } = ceremony;
  const authData = authenticatorData({ rpId, flags, counter });
  const data = clientData({ type: 'webauthn.get', ...ceremony });
  const userHandle = 'userHandle' in ceremony ? ceremony.userHandle : key.userHandle;
  return JSON.stringify({
    id: b64(key.id),
    rawId: b64(key.id),
    type: 'public-key',
    response: {
      clientDataJSON: b64(data),
      authenticatorData: b64(authData),
      signature: b64(sign(digestOf(key), Buffer.concat([authData, sha256(data)]), key.privateKey)),
      userHandle,
    },
  });
}

/** Ed25519 hashes by itself. */
const digestOf = ({ privateKey }: SecurityKey) =>
  privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';

function clientData({ type, challenge, origin, crossOrigin = false }: Ceremony): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin }));
}

function authenticatorData({
  rpId,
  flags,
  counter,
}: Record<'flags' | 'counter', number> & { rpId: string }) {
  const tail = Buffer.alloc(5);
  tail.writeUInt8(flags);
  tail.writeUInt32BE(counter, 1);
  return Buffer.concat([sha256(rpId), tail]);
}

/** As much of CBOR (RFC 8949) as authenticators need. */
export function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, value.length), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  if (value instanceof Map)
    return Buffer.concat([head(5, value.size), ...[...value].flat().map(cbor)]);
  throw new TypeError(`no CBOR for ${typeof value}`);
}

function head(kind: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(kind << 5) | length]);
  if (length < 256) return Buffer.from([(kind << 5) | 24, length]);
  return Buffer.from([(kind << 5) | 25, length >> 8, length & 255]);
}
