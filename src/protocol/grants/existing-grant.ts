// The grant of an authorization request, when no page needs to ask for it: the session's own, one made
// from a remembered consent, or one for a first-party client. Every session has its own grants, so that
// what ends one device's tokens leaves the others alone.
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import type { Database } from '../../storage/database.ts';
import { registrationOf } from '../clients/client-model.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import { rememberedAnswer } from './consents.ts';
import { answerOfGrant, grantOfAnswer } from './grant-payload.ts';
import { type Answer, isEmpty, mergeAnswers, NO_ANSWER, NO_SCOPES, requestedScopes, type Scopes, unanswered } from './scopes.ts';

interface Deps {
  db: Database;
}

/** The provider's `loadExistingGrant`. */
export async function loadExistingGrant({ db }: Deps, ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { oidc } = ctx;
  const { client, account, params } = oidc;
  if (!client || !account || !params) return undefined;

  const grant = await ownGrant(ctx, account.accountId);
  if (oidc.result?.consent) return grant;
  const registration = registrationOf(client);
  const requested = requestedScopes(params, registration);
  const answered = grant ? answerOfGrant(grant) : NO_ANSWER;
  if (isEmpty(unanswered(requested, answered)) && grant) return grant;

  const answer = await standingAnswer(db, { ctx, registration, requested });
  if (!answer || !isEmpty(unanswered(requested, answer))) return grant;
  return saved(ctx, grant, mergeAnswers(answered, answer));
}

async function ownGrant({ oidc }: KoaContextWithOIDC, accountId: string): Promise<Grant | undefined> {
  const clientId = oidc.client?.clientId ?? '';
  const id = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(clientId);
  const grant = id ? await oidc.provider.Grant.find(id) : undefined;
  return grant?.accountId === accountId && grant.clientId === clientId ? grant : undefined;
}

interface Asked {
  ctx: KoaContextWithOIDC;
  registration: RegisteredClient;
  requested: Scopes;
}

/** What holds without asking: everything for a first-party client, else what was consented to before. */
async function standingAnswer(db: Database, { ctx, registration, requested }: Asked): Promise<Answer | undefined> {
  if (registration.firstParty) return { granted: requested, rejected: NO_SCOPES };
  if (ctx.oidc.prompts.has('consent')) return undefined;
  const userId = ctx.oidc.account?.accountId ?? '';
  return rememberedAnswer(db, { userId, clientId: registration.id });
}

async function saved({ oidc }: KoaContextWithOIDC, grant: Grant | undefined, answer: Answer): Promise<Grant> {
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
