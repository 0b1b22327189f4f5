// One authorization request on its way through the pages. The steps never lead to one another: each
// changes the stored interaction, and due-step.ts decides from what is stored where the browser goes next.
import { type Interaction, errors, type InteractionResults } from 'oidc-provider';
import type { Context } from 'koa';
import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import { noteSignIn } from '../../http/begun-sign-ins.ts';
import { useUiLocales } from '../../http/request-language.ts';
import type { Database, Db } from '../../storage/database.ts';
import type { ClientRegistry } from '../clients/client-registry.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import type { LiveProvider } from '../live-provider.ts';
import { isSignInOfOther } from '../sign-in-browser.ts';
import { replaceState } from '../state/protocol-state.ts';
import { CREATE, SELECT_ACCOUNT } from './interaction-policy.ts';
import type { Proof } from './next-step.ts';
import type { RequiredAction } from './required-actions.ts';

export type Step =
  | 'select-account'
  | 'login'
  | 'create'
  | 'confirm-address'
  | 'second-factor'
  | 'enrol-second-factor'
  | 'recovery-codes'
  | RequiredAction
  | 'continue'
  | 'consent'
  | 'finished';

/** What else an interaction has a URL for. */
type Place =
  | Step
  | 'password'
  | 'mail-code'
  | 'mailed-code'
  | 'mailed-link'
  | `${'' | 'new-'}passkey${'' | '-options'}`
  | 'confirm-address/mail'
  | 'recovery-code'
  | 'qr-code'
  | 'switch'
  | 'verification-mails'
  | 'cancellation';

export interface InteractionDeps {
  config: Config;
  db: Database;
  clock: Clock;
  live: LiveProvider;
  registry: ClientRegistry;
  stateKey: Buffer;
}

/** What our steps leave in the result besides what the provider reads there. */
export interface OwnResults extends InteractionResults {
  /** The person asked to sign in as somebody else. */
  switchAccount?: boolean;
  /** As typed on the first page; nobody has proved it. */
  identifier?: string;
  /** For whom mails were asked for, as typed, and how many; whether any was sent is not told. */
  mailed?: { login: string; times: number };
  proved?: Proved;
  /** The account that was asked for here; `browser` as of Proved. */
  registration?: { id: string; browser: string };
}

/**
 * What was proved so far, while more is needed. The provider signs in whoever stands in `login`, so that must not be
 * there before.
 */
export interface Proved {
  accountId: string;
  /** See sign-in-browser.ts. */
  browser?: string | undefined;
  proofs: Omit<Proof, 'in'>[];
  /** Whether it was proved in a browser that is not asked for the second factor. */
  isRemembered?: boolean | undefined;
  /** Recovery codes that were just made and not written down yet, sealed. */
  recoveryCodes?: string | undefined;
}

export const resultsOf = ({ result }: Interaction): OwnResults => result ?? {};

/**
 * The interaction of this browser; the cookie must name the one in the URL.
 * @throws DomainError interaction_not_found
 */
export async function readInteraction(
  { live }: InteractionDeps,
  ctx: Context,
): Promise<Interaction> {
  const provider = await live.current();
  try {
    const interaction = await provider.interactionDetails(ctx.req, ctx.res);
    if (interaction.uid !== ctx['params'].uid || isSignInOfOther(interaction, ctx))
      throw notFound();
    useUiLocales(ctx, interaction.params['ui_locales']);
    noteSignIn(ctx, { uid: interaction.uid, clientId: String(interaction.params['client_id']) });
    return interaction;
  } catch (error) {
    if (error instanceof errors.SessionNotFound) throw notFound(error);
    throw error;
  }
}

/** Who signed in or is about to, in this interaction or before. */
export function accountOf(interaction: Interaction): string | undefined {
  const { login, proved } = resultsOf(interaction);
  return login?.accountId ?? proved?.accountId ?? interaction.session?.accountId;
}

/** What is finished goes on at the provider, which answers the application. */
export const urlOf = ({ uid, returnTo }: Interaction, place: Place) =>
  place === 'finished' ? returnTo : `/interaction/${uid}/${place}`;

/** Where the script of a page finds out about passkeys, and leads with one, or makes one. */
export const passkeyUrls = (interaction: Interaction, place: 'passkey' | 'new-passkey') => ({
  action: urlOf(interaction, place),
  options: urlOf(interaction, `${place}-options`),
});

/** @throws DomainError client_not_found when it was disabled or deleted meanwhile */
export async function clientOf(
  { registry }: InteractionDeps,
  { params }: Interaction,
): Promise<RegisteredClient> {
  const client = await registry.find(String(params['client_id']));
  if (!client)
    throw new DomainError('not-found', 'client_not_found', 'This application is not available.');
  return client;
}

/** With a transaction in place of the database. */
export type Within<Deps extends { db: unknown }> = Omit<Deps, 'db'> & { db: Db };

/**
 * Stores what a step found out; given a transaction, as part of it.
 * @throws DomainError interaction_not_found when it ended meanwhile, as with a new password of its person
 */
export async function saveResult(
  deps: Pick<InteractionDeps, 'stateKey'> & { db: Db },
  interaction: Interaction,
  result: OwnResults | undefined,
): Promise<void> {
  const { uid, returnTo, prompt, params, session, lastSubmission, deviceCode, grantId, exp, iat } =
    interaction;
  const { cid, trusted, parJti } = interaction as Interaction & {
    cid?: string;
    trusted?: string[];
    parJti?: string;
  };
  const payload = JSON.parse(
    JSON.stringify({
      returnTo,
      prompt,
      params,
      session,
      lastSubmission,
      deviceCode,
      grantId,
      exp,
      iat,
      cid,
      trusted,
      parJti,
      result,
    }),
  );
  if (!(await replaceState(deps, { model: 'Interaction', id: uid }, payload))) throw notFound();
  if (result) interaction.result = result;
  else delete (interaction as { result?: unknown }).result;
}

/** What the provider is to read when the request resumes. */
export function finished(
  { lastSubmission, prompt }: Interaction,
  result: InteractionResults,
): InteractionResults {
  if ('error' in result) return result;
  // The provider takes these for answered when the result has their name: whoever signed in was chosen with that, an
  // account created or not.
  const { name } = prompt;
  const answered = (name === SELECT_ACCOUNT || name === CREATE) && { [name]: {} };
  return { ...lastSubmission, ...answered, ...result };
}

/** Whether it is that of a sign-in that is not there, for this browser. */
export function isNotFound(error: unknown): boolean {
  return error instanceof DomainError && error.code === NOT_FOUND;
}

const NOT_FOUND = 'interaction_not_found';

function notFound(cause?: unknown): DomainError {
  return new DomainError(
    'not-found',
    NOT_FOUND,
    'This sign-in has expired, or was started in another browser. Go back to the application and try again.',
    { cause },
  );
}
