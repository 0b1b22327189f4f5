import { expect, test } from '@jest/globals';
import { networkPrefix } from '../../src/operations/network-prefix.ts';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0db8::0001:2:3:4', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80:1:2:3::', 'fe80:1:2:3::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ['1:2:3:4:5:6:192.0.2.7', '1:2:3:4::/64'],
  ['alice', 'alice'],
  ['', ''],
])('%s counts as %s', (address, expected) => {
  expect(networkPrefix(address)).toBe(expected);
});

test('neighbours in one /64 are one, those in the next are not', () => {
  expect(networkPrefix('2001:db8::1')).toBe(networkPrefix('2001:db8::ffff:ffff:ffff:ffff'));
  expect(networkPrefix('2001:db8::1')).not.toBe(networkPrefix('2001:db8:0:1::1'));
});
