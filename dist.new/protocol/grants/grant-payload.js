export function answerOfGrant(grant) {
    const stored = grant;
    return { granted: fromProvider(stored), rejected: fromProvider(stored.rejected ?? {}) };
}
export function grantOfAnswer({ granted, rejected }) {
    return { ...toProvider(granted), rejected: toProvider(rejected) };
}
function fromProvider({ openid, resources = {} }) {
    return {
        openid: words(openid?.scope),
        resources: Object.fromEntries(Object.entries(resources).map(([id, text]) => [id, words(text)])),
    };
}
function toProvider({ openid, resources }) {
    const given = Object.entries(resources).filter(([, names]) => names.length > 0);
    return {
        ...(openid.length > 0 && { openid: { scope: openid.join(' ') } }),
        ...(given.length > 0 && { resources: Object.fromEntries(given.map(([id, names]) => [id, names.join(' ')])) }),
    };
}
const words = (text = '') => text.split(' ').filter(Boolean);
//# sourceMappingURL=grant-payload.js.map