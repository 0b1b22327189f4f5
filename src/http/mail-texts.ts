// What mails say, in the languages there is a catalogue for: views/mail/texts/<language>.json. A text that a language
// lacks is said in English.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const FALLBACK = 'en';
const FOLDER = fileURLToPath(new URL('../../views/mail/texts', import.meta.url));
const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/;
const VALUE_CHARACTERS = 300;

/** Ends a line, hides, or turns the direction of what follows: all of it could make a mail say something else. */
const DECEIVING = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

const catalogue = z.record(z.string(), z.string());
type Catalogue = z.output<typeof catalogue>;

export interface Language {
  lang: string;
  dir: 'ltr' | 'rtl';
  /** The text of that name, with the values in its {places}. */
  say: (name: string, values?: Record<string, string>) => string;
  /** In words, as in "10 minutes". */
  duration: (milliseconds: number) => string;
  moment: (date: Date) => string;
}

let loaded: Map<string, Catalogue> | undefined;

/** The language that is nearest to what was asked for: `fr-CA`, `fr`, English. */
export function languageOf(locale: string = FALLBACK): Language {
  loaded ??= loadCatalogues();
  const wanted = locale.toLowerCase();
  const lang = [wanted, wanted.split('-', 1)[0] ?? ''].find((one) => loaded?.has(one)) ?? FALLBACK;
  const texts = { ...loaded.get(FALLBACK), ...loaded.get(lang) };
  return {
    lang,
    dir: RIGHT_TO_LEFT.test(lang) ? 'rtl' : 'ltr',
    say: (name, values = {}) => filled(texts, name, values),
    duration: (milliseconds) => durationText(lang, milliseconds),
    moment: (date) => momentText(lang, date),
  };
}

/** One line, of a length that leaves room for the rest. */
export function oneLine(text: string): string {
  return text.replace(DECEIVING, ' ').trim().slice(0, VALUE_CHARACTERS);
}

function filled(texts: Catalogue, name: string, values: Record<string, string>): string {
  const text = texts[name];
  if (text === undefined) throw new TypeError(`No mail text is called ${name}.`);
  return text.replace(/\{(\w+)\}/g, (_, place: string) => {
    const value = values[place];
    if (value === undefined) throw new TypeError(`The mail text ${name} needs ${place}.`);
    return oneLine(value);
  });
}

const UNITS = [
  { unit: 'day', one: 86_400_000 },
  { unit: 'hour', one: 3_600_000 },
];
const SMALLEST = { unit: 'minute', one: 60_000 };

/** In the largest unit that there are two of. */
function durationText(lang: string, milliseconds: number): string {
  const { unit, one } = UNITS.find((larger) => milliseconds >= 2 * larger.one) ?? SMALLEST;
  const count = Math.max(1, Math.round(milliseconds / one));
  return new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

function momentText(lang: string, date: Date): string {
  const format = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const;
  return `${new Intl.DateTimeFormat(lang, format).format(date)} (UTC)`;
}

function loadCatalogues(): Map<string, Catalogue> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  return new Map(
    files.map((name) => [
      name.slice(0, -'.json'.length).toLowerCase(),
      catalogue.parse(JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8'))),
    ]),
  );
}
