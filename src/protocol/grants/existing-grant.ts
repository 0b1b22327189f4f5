// The grant of an authorization request, when no page needs to ask for it: the session's own, one made
// from a remembered consent, or one for a first-party client. Every session has its own grants, so that
// what ends one device's tokens leaves the others alone.
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import type { Database } from '../../storage/database.ts';
import { registrationOf } from '../clients/client-model.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import { rememberedAnswer } from './consents.ts';
import { answerOfGrant, grantOfAnswer } from './grant-payload.ts';
import {
  type Answer,
  isEmpty,
  mergeAnswers,
  NO_ANSWER,
  NO_SCOPES,
  requestedScopes,
  type Scopes,
  unanswered,
} from './scopes.ts';

interface Deps {
  db: Database;
}

/** The provider's `loadExistingGrant`. */
export async function loadExistingGrant(
  { db }: Deps,
  ctx: KoaContextWithOIDC,
): Promise<Grant | undefined> {
  const { client, account, params, result } = ctx.oidc;
  if (!client || !account || !params) return undefined;

  const grant = await ownGrant(ctx, { clientId: client.clientId, accountId: account.accountId });
  if (result?.consent) return grant;
  const registration = registrationOf(client);
  const requested = requestedScopes(params, registration);
  return extendedWithoutAsking(db, grant, { ctx, registration, requested });
}

async function extendedWithoutAsking(db: Database, grant: Grant | undefined, asked: Asked) {
  const answered = grant ? answerOfGrant(grant) : NO_ANSWER;
  if (grant && covers(answered, asked.requested)) return grant;

  const answer = await standingAnswer(db, asked);
  if (!answer || !covers(answer, asked.requested)) return grant;
  return saved(asked.ctx, grant, mergeAnswers(answered, answer));
}

const covers = (answer: Answer, requested: Scopes) => isEmpty(unanswered(requested, answer));

interface Parties {
  clientId: string;
  accountId: string;
}

/** The grant that consent was just given to, or the session's, unless it is somebody else's. */
async function ownGrant(
  { oidc }: KoaContextWithOIDC,
  parties: Parties,
): Promise<Grant | undefined> {
  const id = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(parties.clientId);
  const grant = id ? await oidc.provider.Grant.find(id) : undefined;
  return grant && isBetween(grant, parties) ? grant : undefined;
}

function isBetween(grant: Grant, { clientId, accountId }: Parties): boolean {
  return grant.accountId === accountId && grant.clientId === clientId;
}

interface Asked {
  ctx: KoaContextWithOIDC;
  registration: RegisteredClient;
  requested: Scopes;
}

/** What holds without asking: everything for a first-party client, else what was consented to before. */
async function standingAnswer(
  db: Database,
  { ctx, registration, requested }: Asked,
): Promise<Answer | undefined> {
  if (registration.firstParty) return { granted: requested, rejected: NO_SCOPES };
  if (ctx.oidc.prompts.has('consent')) return undefined;
  const userId = ctx.oidc.account?.accountId ?? '';
  return rememberedAnswer(db, { userId, clientId: registration.id });
}

async function saved(
  { oidc }: KoaContextWithOIDC,
  grant: Grant | undefined,
  answer: Answer,
): Promise<Grant> {
  const extended =
    grant ??
    new oidc.provider.Grant({
      accountId: oidc.account?.accountId ?? '',
      clientId: oidc.client?.clientId ?? '',
    });
  Object.assign(extended, grantOfAnswer(answer));
  await extended.save();
  return extended;
}
