// What stands in a page and comes from no catalogue: every text is put in brackets, and what is left outside of them
// must be data. Pages that are not translated are in docs/languages.md.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createLanguage } from '../../src/http/language.ts';
import { renderToString } from '../../src/http/render.ts';
import type { Views } from '../../src/http/views.ts';
import { ROOT } from '../support/database.ts';
import { SAMPLES } from '../support/view-samples.ts';

const texts: Record<string, string> = JSON.parse(
  readFileSync(`${ROOT}views/texts/en.json`, 'utf8'),
);
const bracketed = Object.entries(texts).map(([name, text]) => [name, `⟦${text}⟧`]);
const language = createLanguage('en', Object.fromEntries(bracketed));

const pages = Object.entries(SAMPLES)
  .filter(([view]) => !/^(playground|mailbox)\//.test(view))
  .flatMap(([view, samples]) =>
    Object.entries(samples).map(([sample, data]) => ({ view: view as keyof Views, sample, data })),
  );

test.each(pages)('$view, $sample: every word is data or of the catalogue', ({ view, data }) => {
  const html = renderToString(view, data as Views[typeof view], language);
  expect(html).toContain('⟦');
  expect(wordsOutside(html, data)).toEqual([]);
});

test('a word that stands in a view is found', () => {
  const html = '<p title="Hover">⟦Said⟧ hard-coded <b>Alice</b></p>';
  expect(wordsOutside(html, { name: 'Alice' })).toEqual(['hard', 'coded', 'Hover']);
});

function wordsOutside(html: string, data: unknown): string[] {
  const shown = html.replace(/<(pre|style|script)\b[^]*?<\/\1>/g, ' ');
  const attributes = [...shown.matchAll(/\s(?:title|alt|placeholder|aria-label)="([^"]*)"/g)];
  const text = [shown.replace(/<[^>]*>/g, ''), ...attributes.map(([, value]) => value)]
    .join('\n')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  const values = [...leaves(data), 'Latchkey'].toSorted((a, b) => b.length - a.length);
  const rest = values.reduce(
    (left, value) => left.replaceAll(value, ' '),
    text.replace(/⟦[^⟧]*⟧/g, ' '),
  );
  return (rest.match(/\p{L}{2,}/gu) ?? []).filter((word) => word !== '');
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}
