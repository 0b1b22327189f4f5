// What a browser answers for an authenticator, as JSON (WebAuthn §5.1.8), each part no longer than it can be. What is in
// the parts is for webauthn.ts to find out.
import * as z from 'zod';

const MOST_ANSWER_CHARACTERS = 32 * 1024;

const bytes = (most: number) =>
  z
    .string()
    .min(1)
    .max(Math.ceil((most * 4) / 3))
    .regex(/^[\w-]+$/, 'must be base64url');

/** WebAuthn §4: at most 1023 bytes. */
const credentialId = bytes(1023);
const clientDataJSON = bytes(4096);

const assertion = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON,
    authenticatorData: bytes(4096),
    signature: bytes(1024),
    /** WebAuthn §5.4.3: at most 64 bytes; some authenticators send none, some an empty one. */
    userHandle: z
      .string()
      .max(86)
      .regex(/^[\w-]*$/)
      .nullish(),
  }),
});

const attestation = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON,
    attestationObject: bytes(16 * 1024),
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .default([]),
  }),
});

/** The proof that an authenticator has a passkey. */
export type AssertionAnswer = z.output<typeof assertion>;
/** A passkey that an authenticator just made. */
export type AttestationAnswer = z.output<typeof attestation>;

const json = z
  .string()
  .max(MOST_ANSWER_CHARACTERS)
  .transform((text, ctx): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      ctx.addIssue({ code: 'custom', message: 'is not JSON' });
      return z.NEVER;
    }
  });

/** A form field. */
export const assertionField = json.pipe(assertion);
/** A form field. */
export const attestationField = json.pipe(attestation);
