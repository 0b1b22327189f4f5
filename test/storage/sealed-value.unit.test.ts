import { expect, test } from '@jest/globals';
import { seal, unseal } from '../../src/storage/sealed-value.ts';

const key = Buffer.alloc(32, 1);

test.each(['', 'secret', 'Straße 🔑', 'x'.repeat(10_000)])(
  'opens to what was sealed (%#)',
  (text) => {
    expect(unseal(key, seal(key, text, 'signing-key:1'), 'signing-key:1')).toBe(text);
  },
);

test('says nothing of its content, and never the same twice', () => {
  const [first, second] = [seal(key, 'secret', 'a'), seal(key, 'secret', 'a')];

  expect(first).not.toBe(second);
  expect(Buffer.from(first.slice(3), 'base64url').includes('secret')).toBe(false);
});

test('does not open under another key, or as the value of another row', () => {
  const sealed = seal(key, 'secret', 'signing-key:1');

  expect(() => unseal(Buffer.alloc(32, 2), sealed, 'signing-key:1')).toThrow('authenticate');
  expect(() => unseal(key, sealed, 'signing-key:2')).toThrow('authenticate');
});

test('does not open when any bit of it was changed', () => {
  const bytes = Buffer.from(seal(key, 'secret', 'a').slice(3), 'base64url');

  for (let i = 0; i < bytes.length; i++) {
    const altered = Buffer.from(bytes);
    altered[i] = (altered[i] ?? 0) ^ 1;
    expect(() => unseal(key, `v1.${altered.toString('base64url')}`, 'a')).toThrow('authenticate');
  }
});

test.each(['', 'v1.', 'v1.AAAA', 'v2.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'plain text'])(
  '%j is not a sealed value',
  (text) => {
    expect(() => unseal(key, text, 'a')).toThrow('not a sealed value');
  },
);
