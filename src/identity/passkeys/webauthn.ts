// The doorway of the library that verifies what authenticators answer (WebAuthn Level 3 §7). It is loaded with the first
// answer: it takes tens of megabytes, and many a server never sees one. It judges one answer; whose passkey it is, whether
// the challenge is ours and whether the counter went back is for the callers.
import * as z from 'zod';
import type { AssertionAnswer, AttestationAnswer } from './passkey-answer.ts';

/** EdDSA, ES256 and RS256 (RFC 9053 and 8812): what authenticators speak. */
export const ALGORITHMS = [-8, -7, -257] as const;

/** Of the longest key that we take, RSA with 4096 bits, and a little more. */
const MOST_KEY_BYTES = 700;

/** What passkeys are made for: `rpId` a host or a domain above it, `origin` where our pages are. */
export interface Party {
  rpId: string;
  origin: string;
}

export interface NewCredential {
  credentialId: string;
  /** COSE, base64url. */
  publicKey: string;
  counter: number;
  aaguid: string;
  isSynced: boolean;
  isBackedUp: boolean;
}

/** The challenge that an answer is to, by its own account; nothing for what no browser of ours would answer. */
export function challengeOf({ response }: { response: { clientDataJSON: string } }) {
  const text = Buffer.from(response.clientDataJSON, 'base64url').toString();
  const parsed = clientData.safeParse(parseJson(text));
  return parsed.success ? parsed.data.challenge : undefined;
}

/** Our pages are in nobody's frame. */
const clientData = z.object({
  challenge: z.string().max(200),
  crossOrigin: z.literal(false).optional(),
  topOrigin: z.undefined().optional(),
});

/** Nothing for an answer that is wrong in any way. Who made the authenticator is neither asked nor believed. */
export async function verifyAttestation(
  { rpId, origin }: Party,
  answer: AttestationAnswer,
): Promise<NewCredential | undefined> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  const bytes = Buffer.from(answer.response.attestationObject, 'base64url');
  const { clientDataJSON, attestationObject } = answer.response;
  return quietly(async () => {
    const statement = decodeAttestationObject(new Uint8Array(bytes));
    if (!NAMELESS.includes(statement.get('fmt')) || statement.get('attStmt').get('x5c'))
      return undefined;

    const { verified, registrationInfo: made } = await verifyRegistrationResponse({
      response: {
        ...answer,
        response: { clientDataJSON, attestationObject },
        clientExtensionResults: {},
      },
      expectedChallenge: challengeOf(answer) ?? '',
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...ALGORITHMS],
    });
    if (!verified || made.credential.id !== answer.id) return undefined;
    if (made.credential.publicKey.length > MOST_KEY_BYTES) return undefined;
    return {
      credentialId: made.credential.id,
      publicKey: Buffer.from(made.credential.publicKey).toString('base64url'),
      counter: made.credential.counter,
      aaguid: made.aaguid,
      isSynced: made.credentialDeviceType === 'multiDevice',
      isBackedUp: made.credentialBackedUp,
    };
  });
}

/** No attestation, or one by the new key itself. Others hold certificates, whose issuers the library would ask over the network. */
const NAMELESS = ['none', 'packed'];

export interface Use {
  counter: number;
  isUserVerified: boolean;
  isSynced: boolean;
  isBackedUp: boolean;
}

/** Nothing for an answer that is wrong in any way. */
export async function verifyAssertion(
  { rpId, origin }: Party,
  answer: AssertionAnswer,
  { publicKey, needsVerification }: { publicKey: string; needsVerification: boolean },
): Promise<Use | undefined> {
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
  const { clientDataJSON, authenticatorData, signature } = answer.response;
  return quietly(async () => {
    const { verified, authenticationInfo: use } = await verifyAuthenticationResponse({
      response: {
        ...answer,
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      },
      expectedChallenge: challengeOf(answer) ?? '',
      expectedOrigin: origin,
      expectedRPID: rpId,
      // The library would look at the counter before the signature, and believe anybody.
      credential: {
        id: answer.id,
        publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')),
        counter: 0,
      },
      requireUserVerification: needsVerification,
    });
    if (!verified) return undefined;
    return {
      counter: use.newCounter,
      isUserVerified: use.userVerified,
      isSynced: use.credentialDeviceType === 'multiDevice',
      isBackedUp: use.credentialBackedUp,
    };
  });
}

/** The library throws whatever is wrong with an answer, malformed CBOR included, and has no class for it. */
async function quietly<T>(verify: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await verify();
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused by the schema
  }
}
