import { isIPv6 } from 'node:net';
/**
 * Whom an address stands for in a rate limit: an IPv6 customer has 2^64 addresses at least, so the /64 counts.
 * Any other text answers itself.
 */
export function networkPrefix(address) {
    if (!isIPv6(address))
        return address;
    const [head = '', tail] = address.split('::');
    const groups = head ? head.split(':') : [];
    if (tail !== undefined) {
        const after = tail ? tail.split(':').length + (tail.includes('.') ? 1 : 0) : 0;
        groups.push(...Array(8 - groups.length - after).fill('0'));
        groups.push(...tail.split(':'));
    }
    const prefix = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
    return `${prefix.join(':')}::/64`;
}
//# sourceMappingURL=network-prefix.js.map