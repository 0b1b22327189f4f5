import { safeUrl } from '../../http/views.js';
/** Who asks, as the pages show it. The domain is where the answer goes, not what the client says of itself. */
export function toClientCard(client, redirectUri) {
    const { name, logoUri, policyUri, tosUri, firstParty } = client;
    return {
        name,
        logo: logoUri ? safeUrl(logoUri) : undefined,
        domain: webHost(redirectUri ?? client.redirectUris[0]),
        policy: policyUri ? safeUrl(policyUri) : undefined,
        terms: tosUri ? safeUrl(tosUri) : undefined,
        firstParty,
    };
}
/** The host the browser goes to next, or the scheme of a native application. */
export function destinationOf(redirectUri) {
    return webHost(redirectUri) ?? redirectUri.split(':', 1)[0] ?? '';
}
function webHost(uri) {
    const url = uri ? URL.parse(uri) : undefined;
    return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.host : undefined;
}
//# sourceMappingURL=client-card.js.map