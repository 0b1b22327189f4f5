// Every page and the data it needs: `render` accepts nothing else. Texts come as they are; the views escape them.
/**
 * For URLs that others chose: https, or http on this computer; no user name in it, which could pass for a host.
 * @returns undefined for every other text, `javascript:` and `data:` among them
 */
export function safeUrl(text) {
    if (!URL.canParse(text))
        return undefined;
    const url = new URL(text);
    const reachable = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
    return reachable && !url.username && !url.password ? url.href : undefined;
}
function isLoopback({ hostname }) {
    return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
//# sourceMappingURL=views.js.map