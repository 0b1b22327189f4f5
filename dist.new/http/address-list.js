// Lists of addresses and CIDR ranges, as TRUSTED_PROXIES and METRICS_ALLOW hold them.
import { BlockList, isIP } from 'node:net';
/** @throws TypeError when an entry is neither; `isAddressRange` tells beforehand */
export function createAddressList(entries) {
    const list = new BlockList();
    for (const entry of entries)
        add(list, entry);
    return {
        includes(text) {
            const address = plainAddress(text);
            return address !== undefined && list.check(address, familyOf(address));
        },
    };
}
/** Whether the text is an address or a CIDR range. */
export function isAddressRange(text) {
    return parseRange(text) !== undefined;
}
/**
 * The address alone: without port, brackets or zone, and IPv4 where it was mapped into IPv6.
 * @returns undefined for whatever is no address
 */
export function plainAddress(text) {
    const bare = text
        .trim()
        .replace(/^\[(.*)\](?::\d+)?$/, '$1')
        .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
        .replace(/%.*$/, '');
    const address = bare.replace(/^::ffff:(?=\d+\.)/i, '');
    return isIP(address) ? address.toLowerCase() : undefined;
}
function add(list, entry) {
    const range = parseRange(entry);
    if (!range)
        throw new TypeError(`${entry} is neither an address nor a CIDR range.`);
    list.addSubnet(range.address, range.prefix, familyOf(range.address));
}
function parseRange(text) {
    const [written = '', length, ...rest] = text.split('/');
    const address = isIP(written) ? plainAddress(written) : undefined;
    if (!address || rest.length > 0)
        return undefined;
    const bits = isIP(address) === 4 ? 32 : 128;
    if (length === undefined)
        return { address, prefix: bits };
    const prefix = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
    return prefix <= bits ? { address, prefix } : undefined;
}
function familyOf(address) {
    return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
//# sourceMappingURL=address-list.js.map