// People read the pages, the messages and the handbook side by side: one thing has one name in all of them.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ROOT } from '../support/database.ts';

const FORMER = /\b(?:e-mails?|user[ -]names?)\b/i;

/** Said on several pages. */
const SAME = [
  ['mailed-code.heading', 'confirm-address.title', 'recovery.sent.title'],
  ['mailed-code.code-hint', 'confirm-address.code-hint', 'required.verify-email.code-hint'],
  ['mailed-code.resend', 'confirm-address.again', 'required.verify-email.again'],
  ['consent.switch', 'password-step.back'],
  ['account.passkeys.remove', 'account.browsers.forget'],
  ['refusal.link_invalid', 'recovery.ended.lead'],
];

const files = ['src', 'views', 'docs'].flatMap((folder) =>
  readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|eta|md)$/.test(name) && !name.startsWith('storage/generated/'))
    .map((name) => `${folder}/${name}`),
);

test('it is “email” and “username” everywhere', () => {
  expect(files.length).toBeGreaterThan(100);
  const others = [...files, 'README.md'].filter((file) =>
    FORMER.test(readFileSync(`${ROOT}${file}`, 'utf8')),
  );
  expect(others).toEqual([]);
});

test.each(['ar', 'de', 'en', 'es', 'fr', 'ja'])(
  'what several pages say, they say in the same words: %s',
  (locale) => {
    const texts = JSON.parse(readFileSync(`${ROOT}views/texts/${locale}.json`, 'utf8'));
    for (const [first = '', ...others] of SAME)
      expect(others.map((key) => texts[key])).toEqual(others.map(() => texts[first]));
  },
);

test('in German it is “E-Mail”', () => {
  const texts = JSON.parse(readFileSync(`${ROOT}views/texts/de.json`, 'utf8'));
  expect(JSON.stringify(texts).match(/(?<![-\u2011\p{L}])Mails?\b/gu)).toBeNull();
});
