import { expect, test } from '@jest/globals';
import { checkNewApi } from '../../src/authorization/apis/new-api.ts';

const orders = { identifier: 'urn:example:orders', permissions: [{ name: 'orders:read' }] };

test.each([
  'urn:example:orders',
  'https://api.example.com',
  'https://api.example.com/orders?version=2',
  'https://[2001:db8::1]:8443/',
])('%s may identify an API', (identifier) => {
  expect(() => checkNewApi({ ...orders, identifier })).not.toThrow();
});

test.each([
  '',
  'orders',
  '/orders',
  'urn:x:orders',
  'urn:example:',
  'http://api.example.com',
  'https://',
  'https://api.example.com/#orders',
  'urn:example:orders#read',
  'https://alice:secret@api.example.com',
  'https://api.example.com/a b',
  'https://api.example.com/\0',
  'https://bücher.example.com',
  'javascript:alert(1)',
  'data:text/plain,orders',
  `https://api.example.com/${'x'.repeat(300)}`,
])('%j may not', (identifier) => {
  expect(() => checkNewApi({ ...orders, identifier })).toThrow(
    expect.objectContaining({ code: 'api_identifier_malformed' }),
  );
});

test.each([
  ['', 'permission_malformed'],
  ['orders read', 'permission_malformed'],
  ['orders"read', 'permission_malformed'],
  ['orders\\read', 'permission_malformed'],
  ['orders\0', 'permission_malformed'],
  ['bücher', 'permission_malformed'],
  ['x'.repeat(101), 'permission_malformed'],
  ['openid', 'permission_reserved'],
  ['profile', 'permission_reserved'],
  ['email', 'permission_reserved'],
  ['address', 'permission_reserved'],
  ['phone', 'permission_reserved'],
  ['offline_access', 'permission_reserved'],
])('a permission %j is refused as %s', (name, code) => {
  expect(() => checkNewApi({ ...orders, permissions: [{ name }] })).toThrow(
    expect.objectContaining({ refusal: 'invalid', code }),
  );
});

test('a permission is named once and described in words', () => {
  const twice = [{ name: 'orders:read' }, { name: 'orders:read' }];
  expect(() => checkNewApi({ ...orders, permissions: twice })).toThrow(
    expect.objectContaining({ code: 'permission_repeated' }),
  );
  const lines = [{ name: 'orders:read', description: 'See\nall' }];
  expect(() => checkNewApi({ ...orders, permissions: lines })).toThrow(
    expect.objectContaining({ code: 'permission_description_malformed' }),
  );
});

test.each([0, -1, 1.5, 86_401, Number.NaN, Number.POSITIVE_INFINITY])(
  'attack 50: a lifetime of %d seconds is refused',
  (accessTokenSeconds) => {
    expect(() => checkNewApi({ ...orders, accessTokenSeconds })).toThrow(
      expect.objectContaining({ code: 'token_seconds_out_of_range' }),
    );
  },
);
