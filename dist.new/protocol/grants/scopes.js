// The arithmetic of scopes: what a request asks, what was answered before, what is new. Values only.
import { IDENTITY_SCOPES } from '../clients/client-presets.js';
export const NO_SCOPES = { openid: [], resources: {} };
export const NO_ANSWER = { granted: NO_SCOPES, rejected: NO_SCOPES };
/** What an authorization request asks for, of what the client may ask for. */
export function requestedScopes(params, client) {
    const scope = typeof params['scope'] === 'string' ? params['scope'] : '';
    const asked = new Set(scope.split(' '));
    const named = [params['resource']].flat();
    const apis = client.apis.filter(({ identifier }) => named.includes(identifier));
    return {
        openid: IDENTITY_SCOPES.filter((one) => asked.has(one)),
        resources: Object.fromEntries(apis.map(({ identifier, permissions }) => [
            identifier,
            permissions.map(({ name }) => name).filter((name) => asked.has(name)),
        ])),
    };
}
export const without = (from, taken) => combine(from, taken, (mine, other) => mine.filter((one) => !other.includes(one)));
export const union = (a, b) => combine(a, b, (mine, other) => [...new Set([...mine, ...other])]);
/** Only those that the set holds, as texts. */
export const only = (from, chosen) => combine(from, NO_SCOPES, (mine) => mine.filter((one) => chosen.has(one)));
export const isEmpty = ({ openid, resources }) => openid.length === 0 && Object.values(resources).every((names) => names.length === 0);
/** What nobody has answered yet. */
export const unanswered = (asked, { granted, rejected }) => without(without(asked, granted), rejected);
/** The newer answer counts for what it answers; the older for the rest. */
export function mergeAnswers(older, newer) {
    return {
        granted: union(without(older.granted, newer.rejected), newer.granted),
        rejected: union(without(older.rejected, newer.granted), newer.rejected),
    };
}
function combine(a, b, merge) {
    const identifiers = [...new Set([...Object.keys(a.resources), ...Object.keys(b.resources)])];
    return {
        openid: merge(a.openid, b.openid),
        resources: Object.fromEntries(identifiers.map((id) => [id, merge(a.resources[id] ?? [], b.resources[id] ?? [])])),
    };
}
//# sourceMappingURL=scopes.js.map