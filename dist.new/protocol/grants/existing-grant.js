import { registrationOf } from '../clients/client-model.js';
import { rememberedAnswer } from './consents.js';
import { answerOfGrant, grantOfAnswer } from './grant-payload.js';
import { isEmpty, mergeAnswers, NO_ANSWER, NO_SCOPES, requestedScopes, unanswered } from './scopes.js';
/** The provider's `loadExistingGrant`. */
export async function loadExistingGrant({ db }, ctx) {
    const { oidc } = ctx;
    const { client, account, params } = oidc;
    if (!client || !account || !params)
        return undefined;
    const grant = await ownGrant(ctx, account.accountId);
    if (oidc.result?.consent)
        return grant;
    const registration = registrationOf(client);
    const requested = requestedScopes(params, registration);
    const answered = grant ? answerOfGrant(grant) : NO_ANSWER;
    if (isEmpty(unanswered(requested, answered)) && grant)
        return grant;
    const answer = await standingAnswer(db, { ctx, registration, requested });
    if (!answer || !isEmpty(unanswered(requested, answer)))
        return grant;
    return saved(ctx, grant, mergeAnswers(answered, answer));
}
async function ownGrant({ oidc }, accountId) {
    const clientId = oidc.client?.clientId ?? '';
    const id = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(clientId);
    const grant = id ? await oidc.provider.Grant.find(id) : undefined;
    return grant?.accountId === accountId && grant.clientId === clientId ? grant : undefined;
}
/** What holds without asking: everything for a first-party client, else what was consented to before. */
async function standingAnswer(db, { ctx, registration, requested }) {
    if (registration.firstParty)
        return { granted: requested, rejected: NO_SCOPES };
    if (ctx.oidc.prompts.has('consent'))
        return undefined;
    const userId = ctx.oidc.account?.accountId ?? '';
    return rememberedAnswer(db, { userId, clientId: registration.id });
}
async function saved({ oidc }, grant, answer) {
    const extended = grant ??
        new oidc.provider.Grant({
            accountId: oidc.account?.accountId ?? '',
            clientId: oidc.client?.clientId ?? '',
        });
    Object.assign(extended, grantOfAnswer(answer));
    await extended.save();
    return extended;
}
//# sourceMappingURL=existing-grant.js.map