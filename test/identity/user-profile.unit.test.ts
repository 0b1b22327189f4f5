import { expect, test } from '@jest/globals';
import { readLogin, readProfile } from '../../src/identity/users/user-profile.ts';

test.each([
  [' Alice ', 'alice'],
  ['ＡＬＩＣＥ', 'alice'],
  ['Jos\u0065\u0301', 'josé'],
  ['alice@Example.COM', 'alice@example.com'],
  ['ﬁona', 'fiona'],
  ['İpek', 'i\u0307pek'],
])('%j and what it looks like are one login', (typed, stored) => {
  expect(readLogin(typed)).toBe(stored);
  expect(readLogin(stored)).toBe(stored);
});

test.each([
  '',
  '   ',
  'two words',
  'tab\there',
  'nul\0',
  'zero\u200bwidth',
  'right\u202eto-left',
  'no\u00a0break',
  'half\ud83d',
  'x'.repeat(255),
  'x'.repeat(1_000_000),
])('%j is nobody’s login', (typed) => {
  expect(readLogin(typed)).toBeUndefined();
});

test('a login that is an address is the person’s own', () => {
  expect(readProfile({ login: 'Alice@Example.com' })).toEqual({
    login: 'alice@example.com',
    email: 'alice@example.com',
    name: null,
    locale: null,
  });
  expect(() => readProfile({ login: 'bob@example.com', email: 'mallory@example.com' })).toThrow(
    expect.objectContaining({ code: 'login_not_own_email' }),
  );
});

test.each([
  [{ login: 'a b' }, 'login_malformed'],
  [{ login: '@alice' }, 'email_malformed'],
  [{ login: 'alice', email: 'nowhere' }, 'email_malformed'],
  [{ login: 'alice', email: 'аlice@example.com' }, 'email_malformed'], // a Cyrillic а
  [{ login: 'alice', email: 'alice@exam\u200bple.com' }, 'email_malformed'],
  [{ login: 'alice', name: 'Al\u202eice' }, 'name_malformed'],
  [{ login: 'alice', name: 'Al\nice' }, 'name_malformed'],
  [{ login: 'alice', name: 'x'.repeat(201) }, 'name_malformed'],
  [{ login: 'alice', locale: 'Deutsch!' }, 'locale_malformed'],
  [{ login: 'alice', locale: `de${'-x'.repeat(20)}` }, 'locale_malformed'],
])('%j is refused as %s', (request, code) => {
  expect(() => readProfile(request)).toThrow(expect.objectContaining({ refusal: 'invalid', code }));
});

test('what is left empty is absent', () => {
  expect(readProfile({ login: 'alice', email: '', name: ' ', locale: '' })).toEqual({
    login: 'alice',
    email: null,
    name: null,
    locale: null,
  });
});

test('a language has one spelling', () => {
  expect(readProfile({ login: 'alice', locale: 'PT-br' }).locale).toBe('pt-BR');
});
