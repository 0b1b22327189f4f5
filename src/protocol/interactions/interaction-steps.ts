// What the steps of an interaction do. Each answers where the browser goes next.
import type { Interaction } from 'oidc-provider';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import type { Language } from '../../http/language.ts';
import type { Views } from '../../http/views.ts';
import type { AuditEventType } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Db, transact } from '../../storage/database.ts';
import { findProfile } from '../accounts/account-claims.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import { rememberAnswer, rememberedAnswer } from '../grants/consents.ts';
import { openGrant } from '../grants/grants.ts';
import { type Answer, isEmpty, NO_SCOPES, requestedScopes, unanswered } from '../grants/scopes.ts';
import { accessDuration } from './access-duration.ts';
import type { Assurance } from './assurance.ts';
import { destinationOf, toClientCard } from './client-card.ts';
import { answerInForce, asksAnew, chosenAnswer } from './consent-choice.ts';
import {
  accountOf,
  clientOf,
  finished,
  type InteractionDeps,
  resultsOf,
  saveResult,
  urlOf,
  type Within,
} from './interaction.ts';
import { toPermissionGroups } from './permission-groups.ts';

type Deps = InteractionDeps;

/** After a sign-in, in its transaction: to the consent page, or straight on when nothing needs to be asked. */
export async function continueAs(
  deps: Within<Deps>,
  interaction: Interaction,
  { client, ...login }: SignedIn,
): Promise<string> {
  const { accountId } = login;
  const { proved: _, ...before } = resultsOf(interaction);
  const remembered = { ...login, remember: true };
  const answer = await standingAnswer(deps, interaction, { client, accountId });

  if (!answer) {
    await saveResult(deps, interaction, { ...before, login: remembered });
    return urlOf(interaction, 'consent');
  }
  const grantId = await openGrant(deps.db, deps, { clientId: client.id, accountId, answer });
  const result = finished(interaction, { login: remembered, consent: { grantId } });
  await saveResult(deps, interaction, result);
  return interaction.returnTo;
}

interface SignedIn extends Assurance {
  accountId: string;
  browser: string | undefined;
  client: RegisteredClient;
}

/** @param speakTo gives the language for a person of that locale */
export async function consentPage(
  deps: Deps,
  interaction: Interaction,
  speakTo: (locale: string | null) => Language,
): Promise<Omit<Views['interaction/consent'], 'csrf'>> {
  const { client, account, asked } = await facing(deps, interaction);
  const language = speakTo(account.locale);
  const remembered = await rememberedAnswer(deps.db, between(account, client));
  const redirectUri = textOf(interaction.params['redirect_uri']);
  return {
    action: urlOf(interaction, 'consent'),
    client: toClientCard(client, language, redirectUri || undefined),
    account: { name: account.name ?? account.login, login: account.login },
    groups: toPermissionGroups(
      { asked, answered: answerInForce(interaction.params, remembered) },
      client,
      language,
    ),
    duration: accessDuration(language, deps.config, { asked, client }),
    destination: redirectUri ? destinationOf(redirectUri) : undefined,
  };
}

/** Allows what was chosen and refuses the rest; both are remembered. What was allowed before is not asked again. */
export async function answerConsent(
  deps: Deps,
  interaction: Interaction,
  { chosen, facts }: { chosen: string[]; facts: RequestFacts },
): Promise<string> {
  const { client, account, asked } = await facing(deps, interaction);
  const parties = between(account, client);
  const isAllowed = await transact(deps.db, async (tx) => {
    const answer = await rememberAnswer(tx, parties, (remembered) =>
      chosenAnswer(asked, answerInForce(interaction.params, remembered), chosen),
    );
    if (!answer) return false;

    const grantId = await openGrant(tx, deps, { ...grantee(parties), answer });
    await auditAnswer(tx, deps, { type: 'consent.granted', parties, facts });
    const { login } = interaction.result ?? {};
    const result = finished(interaction, { ...(login && { login }), consent: { grantId } });
    await saveResult({ ...deps, db: tx }, interaction, result);
    return true;
  });
  return isAllowed ? interaction.returnTo : cancel(deps, interaction, facts);
}

/** Back to the application, which is told access_denied. */
export async function cancel(
  deps: Deps,
  interaction: Interaction,
  facts: RequestFacts,
): Promise<string> {
  const error_description = 'the person refused';
  await transact(deps.db, async (tx) => {
    const parties = {
      userId: accountOf(interaction),
      clientId: textOf(interaction.params['client_id']),
    };
    await auditAnswer(tx, deps, { type: 'consent.denied', parties, facts });
    await saveResult({ ...deps, db: tx }, interaction, {
      error: 'access_denied',
      error_description,
    });
  });
  return interaction.returnTo;
}

export async function switchAccount(deps: Deps, interaction: Interaction): Promise<string> {
  await saveResult(deps, interaction, { switchAccount: true });
  return urlOf(interaction, 'login');
}

interface Parties {
  client: RegisteredClient;
  accountId: string;
}

/** What holds without a page: everything for a first-party client, else what was answered before. */
async function standingAnswer(
  { db }: { db: Db },
  { params }: Interaction,
  { client, accountId }: Parties,
): Promise<Answer | undefined> {
  const asked = requestedScopes(params, client);
  if (client.firstParty) return { granted: asked, rejected: NO_SCOPES };
  if (asksAnew(params)) return undefined;
  const answer = await rememberedAnswer(db, { userId: accountId, clientId: client.id });
  return isEmpty(unanswered(asked, answer)) ? answer : undefined;
}

interface Between {
  userId: string;
  clientId: string;
}

const grantee = ({ userId, clientId }: Between) => ({ accountId: userId, clientId });

const between = (account: { id: string }, client: { id: string }): Between => ({
  userId: account.id,
  clientId: client.id,
});

async function facing(deps: Deps, interaction: Interaction) {
  const client = await clientOf(deps, interaction);
  const account = await findProfile(deps.db, accountOf(interaction) ?? '');
  if (!account)
    throw new DomainError('forbidden', 'account_unavailable', 'This account is not available.');
  return { client, account, asked: requestedScopes(interaction.params, client) };
}

interface Answered {
  type: Extract<AuditEventType, 'consent.granted' | 'consent.denied'>;
  parties: { userId: string | undefined; clientId: string };
  facts: RequestFacts;
}

async function auditAnswer(
  tx: Db,
  { clock }: Deps,
  { type, parties, facts }: Answered,
): Promise<void> {
  const { userId, clientId } = parties;
  await appendAuditEvent(tx, clock.now(), {
    type,
    outcome: type === 'consent.granted' ? 'success' : 'refused',
    actor: userId ? { type: 'user', id: userId } : { type: 'anonymous' },
    target: { type: 'client', id: clientId },
    clientId,
    request: facts,
  });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
