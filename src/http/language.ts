// A language that pages and mails are written in: its texts, and its way with durations and dates. Nothing here knows
// who reads, and nothing is escaped.
import { type Message, type Part, parseMessage, type Values } from './message.ts';

export type Catalogue = Readonly<Record<string, string>>;

export interface Language {
  /** BCP 47. */
  lang: string;
  dir: 'ltr' | 'rtl';
  has: (name: string) => boolean;
  /** The text of that name, with the values in its {places}. @throws TypeError when there is none, or a value lacks */
  say: (name: string, values?: Values) => string;
  /** As `say`, with the values apart, for who has to set them apart. */
  parts: (name: string, values?: Values) => readonly Part[];
  /** In words, roughly: "10 minutes", "2 hours". */
  duration: (milliseconds: number) => string;
  /** In words, exactly: "90 minutes", "1 year". */
  period: (seconds: number) => string;
  moment: (date: Date) => string;
}

const RIGHT_TO_LEFT = new Set(['Arab', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm']);

/** @param texts all of them: what the language itself lacks in another one */
export function createLanguage(lang: string, texts: Catalogue): Language {
  const messages = new Map<string, Message>();
  const parts = (name: string, values: Values = {}) => {
    const message = messages.get(name) ?? parsed(texts, name, lang);
    messages.set(name, message);
    return filled(message, name, values);
  };
  return {
    lang,
    dir: RIGHT_TO_LEFT.has(new Intl.Locale(lang).maximize().script ?? '') ? 'rtl' : 'ltr',
    has: (name) => Object.hasOwn(texts, name),
    say: (name, values) => parts(name, values).map(plain).join(''),
    parts,
    duration: (milliseconds) => durationText(lang, milliseconds),
    period: (seconds) => periodText(lang, seconds),
    moment: (date) => momentText(lang, date),
  };
}

function parsed(texts: Catalogue, name: string, lang: string): Message {
  const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
  if (text === undefined) throw new TypeError(`No text is called ${name}.`);
  return parseMessage(text, lang);
}

function filled(message: Message, name: string, values: Values): readonly Part[] {
  try {
    return message.fill(values);
  } catch (cause) {
    throw new TypeError(`The text ${name} lacks a value.`, { cause });
  }
}

function plain(part: Part): string {
  if (typeof part === 'string') return part;
  return 'value' in part ? part.value : part.strong.map(plain).join('');
}

const UNITS = [
  { unit: 'year', seconds: 31_536_000 },
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
];
const SECOND = { unit: 'second', seconds: 1 };
const MINUTE = { unit: 'minute', seconds: 60 };

/** In the largest unit, of days at most, that there are two of. */
function durationText(lang: string, milliseconds: number): string {
  const seconds = milliseconds / 1000;
  const { unit, seconds: one } =
    UNITS.slice(1).find((larger) => seconds >= 2 * larger.seconds) ?? MINUTE;
  return counted(lang, Math.max(1, Math.round(seconds / one)), unit);
}

/** In the largest unit that goes in evenly. */
function periodText(lang: string, seconds: number): string {
  const { unit, seconds: one } = UNITS.find((it) => seconds % it.seconds === 0) ?? SECOND;
  return counted(lang, seconds / one, unit);
}

function counted(lang: string, count: number, unit: string): string {
  return new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

function momentText(lang: string, date: Date): string {
  const format = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const;
  return `${new Intl.DateTimeFormat(lang, format).format(date)} (UTC)`;
}
