// What the playground remembers of a login: not in this process, since the next request may reach another, and not in
// the database, where the tokens of others have no business. The browser keeps it, sealed: while the login is under
// way in a cookie, and once there are tokens, which a cookie is too small for, in a field of the page's forms.
import * as z from 'zod';
import { seal, unseal } from '../storage/sealed-value.ts';

/** As long as a person may take to sign in. */
export const PENDING_SECONDS = 30 * 60;
export const SECRET_SECONDS = 10 * 60;

const pendingLogin = z.object({
  clientId: z.string(),
  verifier: z.string(),
  state: z.string(),
  /** Only where an ID token is to be expected. */
  nonce: z.string().optional(),
  scope: z.string(),
  resource: z.string().optional(),
  prompt: z.string().optional(),
  responseMode: z.enum(['query', 'form_post']),
  expiresAt: z.number(),
});

/** An authorization request, from its making to its answer. */
export type PendingLogin = z.output<typeof pendingLogin>;

const finishedLogin = z.object({
  clientId: z.string(),
  accessToken: z.string(),
  idToken: z.string().optional(),
  refreshToken: z.string().optional(),
  /** Of the access token. */
  scope: z.string().optional(),
  resource: z.string().optional(),
});

/** What a login gave. */
export type FinishedLogin = z.output<typeof finishedLogin>;

const shortLivedSecret = z.object({
  clientId: z.string(),
  secret: z.string(),
  expiresAt: z.number(),
});

/** The secret that the playground added to a client: the browser brings it along, but can't read it. */
export type ShortLivedSecret = z.output<typeof shortLivedSecret>;

/** What can be sealed. A value opens only as what it was sealed as. */
interface Kind<S extends z.ZodType> {
  context: string;
  schema: S;
}

export const PENDING = { context: 'playground:pending', schema: pendingLogin };
export const FINISHED = { context: 'playground:finished', schema: finishedLogin };
export const SECRET = { context: 'playground:secret', schema: shortLivedSecret };

export function sealState<S extends z.ZodType>(
  key: Buffer,
  { context }: Kind<S>,
  content: z.output<S>,
): string {
  return seal(key, JSON.stringify(content), context);
}

/** Nothing for what is missing, was altered, or was sealed by another installation. */
export function openState<S extends z.ZodType>(
  key: Buffer,
  { context, schema }: Kind<S>,
  sealed: string | undefined,
): z.output<S> | undefined {
  if (!sealed) return undefined;
  try {
    return schema.parse(JSON.parse(unseal(key, sealed, context)));
  } catch {
    // Whoever brings something else than what was sealed here brings nothing.
    return undefined;
  }
}
