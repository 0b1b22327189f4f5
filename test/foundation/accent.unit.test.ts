import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  accentOf,
  faultOfAccent,
  PAPERS,
  type Scheme,
  textOn,
} from '../../src/foundation/accent.ts';
import {
  type Colour,
  contrast,
  contrastWithAll,
  readColour,
} from '../../src/foundation/colours.ts';
import { accentPath, accentStylesheet, readAccentPath } from '../../src/http/accent-stylesheet.ts';

const SCHEMES: Scheme[] = ['light', 'dark'];
/** 512 colours, evenly spread. */
const ALL = Array.from({ length: 512 }, (_, i) =>
  colour(`#${[i >> 6, (i >> 3) & 7, i & 7].map((level) => '0257ace'[level] ?? 'f').join('')}`),
);

test.each([
  ['#000', '#fff', 21],
  ['#777777', '#ffffff', 4.48], // the known near miss
  ['#767676', '#fff', 4.54],
  ['#ff0000', '#ffffff', 4],
  ['00f', '000000', 2.44],
])('%s on %s has a contrast of %d', (a, b, ratio) => {
  expect(contrast(colour(a), colour(b))).toBeCloseTo(ratio, 1);
  expect(contrast(colour(b), colour(a))).toBe(contrast(colour(a), colour(b)));
});

test.each(['', 'red', '#12', '#1234', '#12345g', 'rgb(0,0,0)', '#000;}', '#000\n*{}'])(
  '%j is no colour',
  (text) => {
    expect(readColour(text)).toBeUndefined();
    expect(faultOfAccent(text, 'light')).toBe('must be a colour such as 0a58ca');
  },
);

test('one that cannot be seen is refused with its contrast and the nearest that can', () => {
  expect(faultOfAccent('#ffcc00', 'light')).toBe(
    '#ffcc00 has a contrast of 1.37:1 on light pages and needs 3:1; the nearest that does is #ad8906',
  );
  expect(faultOfAccent('#FC0', 'dark')).toBeUndefined();
  expect(faultOfAccent('#0a58ca', 'dark')).toMatch(/ 2\.70:1 on dark pages .*#[0-9a-f]{6}$/);
});

test('what is told to be the nearest is taken, whatever the colour', () => {
  for (const scheme of SCHEMES) {
    const refused = ALL.filter((one) => faultOfAccent(one, scheme) !== undefined);
    expect(refused.length).toBeGreaterThan(100);
    for (const one of refused) {
      const nearest = /#[0-9a-f]{6}$/.exec(faultOfAccent(one, scheme) ?? '')?.[0] ?? '';
      expect([one, faultOfAccent(nearest, scheme)]).toEqual([one, undefined]);
    }
  }
});

test('a text on an accent, and an accent as text, can be read on both kinds of page', () => {
  for (const one of ALL.filter((each) => !faultOfAccent(each, 'light'))) {
    const tokens = tokensOf(accentStylesheet(accentOf(one)));
    for (const scheme of SCHEMES) {
      const { accent, onAccent, hover, text, wash } = tokens[scheme];
      expect(contrast(accent, onAccent)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(hover, onAccent)).toBeGreaterThanOrEqual(4.5);
      expect(contrastWithAll(text, [...PAPERS[scheme], wash])).toBeGreaterThanOrEqual(4.5);
      expect(contrastWithAll(accent, PAPERS[scheme])).toBeGreaterThanOrEqual(3);
    }
  }
});

test('black or white can be read on every colour', () => {
  for (const one of ALL) expect(contrast(one, textOn(one))).toBeGreaterThanOrEqual(4.5);
});

test('contrast is counted against what the pages are made of', () => {
  const css = readFileSync(new URL('../../views/assets/latchkey.css', import.meta.url), 'utf8');
  const [paper, sheet] = ['paper', 'sheet'].map((name) =>
    new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(css),
  );
  expect(PAPERS).toEqual({ light: [paper?.[1], sheet?.[1]], dark: [paper?.[2], sheet?.[2]] });
});

test('the address of a stylesheet holds its colours, and only such as can be seen', () => {
  const accent = accentOf(colour('#0a58ca'));
  expect(accentPath(accent)).toBe('/assets/accent-0a58ca-1560d2.css');
  expect(readAccentPath(accentPath(accent))).toEqual(accent);
  for (const path of [
    '/assets/accent-ffcc00-ffcc00.css',
    '/assets/accent-0a58ca-000000.css',
    '/assets/accent-0a58ca.css',
    '/assets/accent-0a58ca-1560d2.css/',
    '/assets/accent-0a58ca;}-1560d2.css',
    '/assets/accent-0a58cz-1560d2.css',
  ]) {
    expect([path, readAccentPath(path)]).toEqual([path, undefined]);
  }
});

function colour(text: string): Colour {
  const read = readColour(text);
  if (!read) throw new TypeError(`${text} is no colour.`);
  return read;
}

function tokensOf(css: string) {
  const of = (name: string) =>
    new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(css)?.slice(1).map(colour) ?? [];
  const tokens = (index: number) => ({
    accent: of('accent')[index] ?? colour(''),
    onAccent: of('on-accent')[index] ?? colour(''),
    hover: of('accent-hover')[index] ?? colour(''),
    text: of('accent-text')[index] ?? colour(''),
    wash: of('accent-wash')[index] ?? colour(''),
  });
  return { light: tokens(0), dark: tokens(1) };
}
