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

const SCHEMAS = {
  pending: pendingLogin,
  finished: finishedLogin,
  secret: shortLivedSecret,
} as const;

type Kind = keyof typeof SCHEMAS;
type Content<K extends Kind> = z.output<(typeof SCHEMAS)[K]>;

export function sealState<K extends Kind>(key: Buffer, kind: K, content: Content<K>): string {
  return seal(key, JSON.stringify(content), `playground:${kind}`);
}

/** Nothing for what is missing, was altered, or was sealed by another installation. */
export function openState<K extends Kind>(
  key: Buffer,
  kind: K,
  sealed: string | undefined,
): Content<K> | undefined {
  if (!sealed) return undefined;
  try {
    const text = unseal(key, sealed, `playground:${kind}`);
    return SCHEMAS[kind].parse(JSON.parse(text)) as Content<K>;
  } catch {
    // Whoever brings something else than what was sealed here brings nothing.
    return undefined;
  }
}
