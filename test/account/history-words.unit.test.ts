import { expect, test } from '@jest/globals';
import { TOLD_EVENTS, wordsOf } from '../../src/account/history-words.ts';
import { openLanguages } from '../../src/http/languages.ts';

const languages = openLanguages();

test.each(languages.locales)('what the history tells has words of its own in %s', (locale) => {
  const words = TOLD_EVENTS.map((type) => wordsOf(type, languages.nearest([locale])));
  expect(new Set(words).size).toBe(TOLD_EVENTS.length);
});

test('what it does not tell has none', () => {
  expect(() => wordsOf('token.issued', languages.nearest(['en']))).toThrow(TypeError);
});
