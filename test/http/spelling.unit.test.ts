// People read the pages, the messages and the handbook side by side: one thing has one name in all of them.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ROOT } from '../support/database.ts';

const FORMER = /\b(?:e-mails?|user[ -]names?)\b/i;

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
