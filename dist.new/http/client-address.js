import { TLSSocket } from 'node:tls';
import { createAddressList, plainAddress } from './address-list.js';
const FORWARDING = /^(forwarded|via|x-real-ip|x-client-ip|x-original-.*|x-rewrite-url|x-forwarded-.*)$/;
export function clientAddress({ trustedProxies, issuerUrl, }) {
    const trusted = createAddressList(trustedProxies);
    const protocol = issuerUrl?.protocol.slice(0, -1) ?? 'http';
    return (ctx, next) => {
        const peer = readPeer(ctx, trusted);
        ctx.state.peer = peer;
        dropForwarding(ctx.req.headers);
        // Koa and oidc-provider run with `proxy: true`: they take these two for the truth, and now they are.
        ctx.req.headers['x-forwarded-for'] = peer.address;
        ctx.req.headers['x-forwarded-proto'] = protocol;
        return next();
    };
}
/** What `clientAddress` found out. */
export function peerOf(ctx) {
    return ctx.state.peer;
}
function readPeer({ req }, trusted) {
    const socket = plainAddress(req.socket.remoteAddress ?? '') ?? '0.0.0.0';
    const viaTrustedProxy = trusted.includes(socket);
    const { 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': forwardedProto } = req.headers;
    return {
        address: viaTrustedProxy ? callerBehind(socket, forwardedFor, trusted) : socket,
        viaTrustedProxy,
        viaUnknownProxy: !viaTrustedProxy && Object.keys(req.headers).some((name) => FORWARDING.test(name)),
        encrypted: req.socket instanceof TLSSocket || (viaTrustedProxy && lastOf(forwardedProto) === 'https'),
    };
}
/** From the right, since each proxy appends whom it saw: the first that isn't a trusted proxy is the caller. */
function callerBehind(socket, forwardedFor, trusted) {
    let caller = socket;
    for (const entry of listed(forwardedFor).reverse()) {
        const address = plainAddress(entry);
        if (!address)
            return caller;
        caller = address;
        if (!trusted.includes(address))
            return caller;
    }
    return caller;
}
function dropForwarding(headers) {
    for (const name of Object.keys(headers)) {
        if (FORWARDING.test(name))
            delete headers[name];
    }
}
function listed(header) {
    return String(header ?? '')
        .split(',')
        .map((entry) => entry.trim())
        .filter(Boolean);
}
// The word of the proxy nearest to us: earlier entries may come from the caller.
function lastOf(header) {
    return listed(header).at(-1)?.toLowerCase();
}
//# sourceMappingURL=client-address.js.map