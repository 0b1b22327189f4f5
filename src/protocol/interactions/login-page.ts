// The pages where a person says who they are: one with login and password, or two, of which the first asks for the login
// alone (SIGN_IN_PAGE). Which ways to sign in they offer depends on the settings and the request, never on the person:
// nobody is looked up before they have proved who they are.
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import type { DomainError, Refusal, Told } from '../../foundation/errors.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { languageOf } from '../../http/request-language.ts';
import { allowOwnRequests } from '../../http/security-headers.ts';
import { isSelfService } from '../../identity/registration/openness.ts';
import type { Outbox } from '../../operations/mail/outbox.ts';
import { countSignIn } from '../../operations/metrics.ts';
import { situationOf } from './due-step.ts';
import { clientOf, type InteractionDeps, passkeyUrls, resultsOf, urlOf } from './interaction.ts';
import { frameOf } from './interaction-frame.ts';

export type LoginPageDeps = InteractionDeps & { mail: Pick<Outbox, 'available'> };

interface LoginPage {
  interaction: Interaction;
  login: string;
  fault?: Told | undefined;
}

/** The page that a sign-in begins with. */
export async function showLogin(deps: LoginPageDeps, ctx: Context, page: LoginPage): Promise<void> {
  const { recovery, mailCode, ...content } = await contentOf(deps, ctx, page);
  const identifierFirst = isIdentifierFirst(deps);
  render(ctx, 'interaction/login', {
    ...content,
    ...(!identifierFirst && { recovery, mailCode }),
    ...(isSelfService(deps.config) && { register: urlOf(page.interaction, 'create') }),
    action: urlOf(page.interaction, 'login'),
    identifierFirst,
  });
}

/** The second page, where the first one asks for the login alone. */
export async function showPassword(
  deps: LoginPageDeps,
  ctx: Context,
  page: LoginPage,
): Promise<void> {
  render(ctx, 'interaction/password', {
    ...(await contentOf(deps, ctx, page)),
    action: urlOf(page.interaction, 'password'),
    back: urlOf(page.interaction, 'login'),
  });
}

export const isIdentifierFirst = ({ config }: Pick<InteractionDeps, 'config'>): boolean =>
  config.signInPage === 'identifier-first';

/** Whether anybody can sign in by mail here. */
export function isMailOffered({ config, mail }: Pick<LoginPageDeps, 'config' | 'mail'>): boolean {
  return config.signInByMail === 'on' && mail.available;
}

/** Whether it would do, as far as it is known who signs in: mail reaches no higher level, whatever joins it. */
export async function isMailEnough(
  deps: InteractionDeps,
  interaction: Interaction,
): Promise<boolean> {
  const { demand } = await situationOf(deps, interaction, await clientOf(deps, interaction));
  return demand.level === 1;
}

/** Whom mail has shown to be somebody of whom more is demanded is told so: they are back where they began. */
export async function mailFault(deps: InteractionDeps, interaction: Interaction) {
  const { proved } = resultsOf(interaction);
  const isByMail = proved?.proofs.some(({ by }) => by === 'mailed-code') ?? false;
  return isByMail && !(await isMailEnough(deps, interaction)) ? MAIL_NOT_ENOUGH : undefined;
}

const MAIL_NOT_ENOUGH = {
  code: 'mail_not_enough',
  message: 'A code by mail is not enough here. Sign in with your password or a passkey.',
};

async function contentOf(
  deps: LoginPageDeps,
  ctx: Context,
  { interaction, login, fault }: LoginPage,
) {
  const offersMail = isMailOffered(deps) && (await isMailEnough(deps, interaction));
  allowOwnRequests(ctx);
  return {
    ...(await frameOf(deps, ctx, interaction)),
    login,
    passkey: passkeyUrls(interaction, 'passkey'),
    recovery: deps.mail.available ? `/recovery?interaction=${interaction.uid}` : undefined,
    mailCode: offersMail ? urlOf(interaction, 'mail-code') : undefined,
    fault: fault && refusalText(languageOf(ctx), fault),
  };
}

export const NO_NAME = {
  code: 'sign_in_name_missing',
  message: 'Type your username or email address.',
};

/** How a form is shown again. A full queue is not the form's fault: it has a page of its own. */
const STATUS = new Map<Refusal, number>([
  ['invalid', 400],
  ['unauthenticated', 401],
  ['too-many', 429],
]);

/** For a form that is shown again with what was refused. @throws what is not the form's fault */
export function answerRefusal(ctx: Context, error: DomainError): void {
  const status = STATUS.get(error.refusal);
  if (status === undefined) throw error;
  ctx.status = status;
  if (error.retryAfterSeconds) ctx.set('Retry-After', String(error.retryAfterSeconds));
}

export function countRefusal({ refusal }: DomainError): void {
  if (refusal === 'unauthenticated') countSignIn('failed');
  if (refusal === 'too-many') countSignIn('limited');
  if (refusal === 'unavailable') countSignIn('overloaded');
}
