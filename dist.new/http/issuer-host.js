import { peerOf } from './client-address.js';
const OTHER_HOST = 'This server does not answer for that host.';
const NOT_ENCRYPTED = 'This server must be reached over https. If a proxy in front of it does that, name the proxy in TRUSTED_PROXIES and let it send X-Forwarded-Proto.';
/** Answers 421 (RFC 9110 §15.5.20). Health and metrics are asked for by address, so their routes come before. */
export function issuerHost({ issuerUrl }) {
    if (!issuerUrl)
        throw new TypeError('The issuer is no URL.');
    const { host, origin, protocol } = issuerUrl;
    const hosts = new Set([host, `${host}:${protocol === 'https:' ? 443 : 80}`]);
    return (ctx, next) => {
        if (!takesOriginForm(ctx, hosts, protocol))
            return refuse(ctx, OTHER_HOST);
        if (!isOneOf(hosts, ctx))
            return refuse(ctx, OTHER_HOST);
        if (protocol === 'https:' && !peerOf(ctx).encrypted)
            return refuse(ctx, NOT_ENCRYPTED);
        // As the issuer spells it, without a port that goes without saying.
        ctx.req.headers.host = host;
        if (!URL.canParse(ctx.originalUrl, origin))
            return refuse(ctx, OTHER_HOST);
        return next();
    };
}
function isOneOf(hosts, { req }) {
    const named = req.rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === 'host');
    return named.length === 1 && hosts.has((req.headers.host ?? '').toLowerCase());
}
/**
 * A target in absolute form outranks the Host header (RFC 9112 §3.2.2): it must name the issuer too, and is then
 * brought into origin form, the only one that what comes after should see.
 */
function takesOriginForm(ctx, hosts, protocol) {
    const { req } = ctx;
    if (req.url?.startsWith('/'))
        return true;
    if (!req.url || !URL.canParse(req.url))
        return false;
    const url = new URL(req.url);
    const named = url.port ? url.host : `${url.hostname}:${url.protocol === 'https:' ? 443 : 80}`;
    if (url.protocol !== protocol || url.username || url.password)
        return false;
    if (!hosts.has(named) && !hosts.has(url.host))
        return false;
    req.url = `${url.pathname}${url.search}`;
    ctx.originalUrl = ctx.request.originalUrl = req.url;
    return true;
}
function refuse(ctx, sentence) {
    ctx.status = 421;
    ctx.body = { error: 'misdirected_request', error_description: sentence };
}
//# sourceMappingURL=issuer-host.js.map