const TIMEOUT_MILLISECONDS = 5000;
export function safeFetch({ insecurePrivateAddresses }) {
    return async (url, options = {}) => {
        const { protocol } = new URL(url instanceof Request ? url.url : url);
        if (protocol !== 'https:' && !insecurePrivateAddresses) {
            throw new Error(`Outgoing requests are https only: ${protocol} was asked for.`);
        }
        return fetch(url, {
            ...(insecurePrivateAddresses ? withoutGuard(options) : options),
            redirect: 'error',
            signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
        });
    };
}
function withoutGuard(options) {
    const { dispatcher: _, ...rest } = options;
    return rest;
}
//# sourceMappingURL=safe-fetch.js.map