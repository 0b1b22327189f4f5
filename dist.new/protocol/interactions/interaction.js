// One authorization request on its way through the pages. The steps never lead to one another: each
// changes the stored interaction, and `stepOf` decides from what is stored where the browser goes next.
import { errors } from 'oidc-provider';
import { DomainError } from '../../foundation/errors.js';
import { upsertState } from '../state/protocol-state-store.js';
import { toStateRow } from '../state/protocol-state.js';
/**
 * The interaction of this browser; the cookie must name the one in the URL.
 * @throws DomainError interaction_not_found
 */
export async function readInteraction({ live }, ctx) {
    const provider = await live.current();
    try {
        const interaction = await provider.interactionDetails(ctx.req, ctx.res);
        if (interaction.uid !== ctx['params'].uid)
            throw notFound();
        return interaction;
    }
    catch (error) {
        if (error instanceof errors.SessionNotFound)
            throw notFound(error);
        throw error;
    }
}
export function stepOf({ prompt, result }) {
    const { login, switchAccount } = (result ?? {});
    if (login)
        return 'consent';
    return prompt.name === 'login' || switchAccount ? 'login' : 'consent';
}
/** Who signed in, in this interaction or before. */
export function accountOf({ result, session }) {
    return result?.login?.accountId ?? session?.accountId;
}
export const urlOf = ({ uid }, step) => `/interaction/${uid}/${step}`;
/** @throws DomainError client_not_found when it was disabled or deleted meanwhile */
export async function clientOf({ registry }, { params }) {
    const client = await registry.find(String(params['client_id']));
    if (!client)
        throw new DomainError('not-found', 'client_not_found', 'This application is not available.');
    return client;
}
/** Stores what a step found out; given a transaction, as part of it. */
export async function saveResult(deps, interaction, result) {
    const { uid, returnTo, prompt, params, session, lastSubmission, deviceCode, grantId, exp, iat } = interaction;
    const { cid, trusted, parJti } = interaction;
    const payload = JSON.parse(JSON.stringify({ returnTo, prompt, params, session, lastSubmission, deviceCode, grantId, exp, iat, cid, trusted, parJti, result }));
    await upsertState(deps.db, toStateRow(deps.stateKey, { model: 'Interaction', id: uid }, payload));
    if (result)
        interaction.result = result;
    else
        delete interaction.result;
}
/** What the provider is to read when the request resumes. */
export function finished({ lastSubmission }, result) {
    return 'error' in result ? result : { ...lastSubmission, ...result };
}
function notFound(cause) {
    return new DomainError('not-found', 'interaction_not_found', 'This sign-in has expired, or was started in another browser. Go back to the application and try again.', { cause });
}
//# sourceMappingURL=interaction.js.map