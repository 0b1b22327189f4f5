import { expect, test } from '@jest/globals';
import { nearestAmong, readUiLocales } from '../../src/foundation/locales.ts';

const OURS = ['en', 'de', 'fr', 'pt-BR', 'zh-Hant', 'ar'];

test.each([
  [['de'], 'de'],
  [['de-CH-1996'], 'de'],
  [['pt-BR'], 'pt-BR'],
  [['pt'], 'pt-BR'],
  [['pt-PT'], 'pt-BR'],
  [['zh-TW'], 'zh-Hant'],
  [['zh-CN', 'fr'], 'fr'],
  [['tlh', 'fr-CA', 'de'], 'fr'],
  [['tlh'], undefined],
  [[], undefined],
])('of ours the nearest to %j is %j', (wishes, nearest) => {
  const among = nearestAmong(OURS);
  expect([among(wishes), among(wishes)]).toEqual([nearest, nearest]);
});

test.each([
  ['fr-CA fr EN-us', ['fr-CA', 'fr', 'en-US']],
  ['de  fr', ['de', 'fr']],
  ['de-DE-u-co-phonebk', ['de-DE']],
  ['de <script> fr', ['de', 'fr']],
  ['../../etc/passwd __proto__ constructor', []],
  ['a'.repeat(36), []],
  ['de '.repeat(100), []],
  [Array.from({ length: 20 }, () => 'de').join(' '), Array.from({ length: 10 }, () => 'de')],
  ['de\0', []],
  ['', []],
  [['de', 'fr'], []],
  [undefined, []],
])('ui_locales %j asks for %j', (text, locales) => {
  expect(readUiLocales(text)).toEqual(locales);
});
