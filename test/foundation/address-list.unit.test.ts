import { expect, test } from '@jest/globals';
import {
  createAddressList,
  isAddressRange,
  plainAddress,
} from '../../src/foundation/address-list.ts';

const list = createAddressList(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1']);

test.each([
  ['10.255.0.1', true],
  ['11.0.0.1', false],
  ['192.0.2.7', true],
  ['192.0.2.8', false],
  ['::ffff:10.1.2.3', true],
  ['::ffff:11.1.2.3', false],
  ['2001:DB8:1::1', true],
  ['2001:db9::1', false],
  ['::1', true],
  ['', false],
  ['unknown', false],
  ['10.0.0.1, 10.0.0.2', false],
])('%s is in the list: %s', (address, expected) => {
  expect(list.includes(address)).toBe(expected);
});

test('an empty list includes nobody', () => {
  expect(createAddressList([]).includes('127.0.0.1')).toBe(false);
});

test.each([
  ['198.51.100.1', '198.51.100.1'],
  [' 198.51.100.1 ', '198.51.100.1'],
  ['198.51.100.1:4711', '198.51.100.1'],
  ['[2001:DB8::1]:4711', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::FFFF:198.51.100.1', '198.51.100.1'],
  ['_hidden', undefined],
  ['198.51.100.1 evil', undefined],
  ['', undefined],
])('the address in %j is %s', (text, expected) => {
  expect(plainAddress(text)).toBe(expected);
});

test.each(['10.0.0.0/8', '10.0.0.1', '::/0', '2001:db8::/32', '0.0.0.0/0'])(
  '%s is a range',
  (text) => {
    expect(isAddressRange(text)).toBe(true);
  },
);

test.each([
  '10.0.0.0/33',
  '10.0.0/8',
  '10.0.0.0/8/8',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '::/129',
  'proxy',
  '',
  '/8',
])('%s is no range, and makes no list', (text) => {
  expect(isAddressRange(text)).toBe(false);
  expect(() => createAddressList([text])).toThrow(TypeError);
});
