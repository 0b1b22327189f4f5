// One text of a catalogue, in ICU's MessageFormat: {places}, plurals, and <b> for what is to stand out. The doorway of
// intl-messageformat. It knows of no page and escapes nothing.
import { IntlMessageFormat } from 'intl-messageformat';

export type Values = Readonly<Record<string, string | number | undefined>>;

/** A piece of a filled text: words of the catalogue, a value put into them, or words that stand out. */
export type Part = string | { readonly value: string } | { readonly strong: readonly Part[] };

export interface Message {
  /** The names of the values that it needs. */
  readonly places: readonly string[];
  /** The categories of each plural in it, as `count: one other`. */
  readonly plurals: readonly string[];
  /** @throws TypeError when a value is missing */
  fill(values: Values): readonly Part[];
}

const VALUE_CHARACTERS = 300;

/** Ends a line, hides, or turns the direction of what follows: all of it could make a text say something else. */
const DECEIVING = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** One line, of a length that leaves room for the rest. */
export function oneLine(text: string): string {
  return text.replace(DECEIVING, ' ').trim().slice(0, VALUE_CHARACTERS);
}

/** @throws SyntaxError when it is not MessageFormat, or has another tag than `<b>` */
export function parseMessage(text: string, locale: string): Message {
  const format = new IntlMessageFormat(text, locale);
  const { places, plurals, tags } = contentsOf(format.getAst());
  const foreign = tags.find((tag) => tag !== STRONG);
  if (foreign !== undefined) throw new SyntaxError(`<${foreign}> is no tag of ours`);

  return {
    places: [...new Set(places)],
    plurals,
    fill: places.length + tags.length === 0 ? always(format) : filledBy(format, places),
  };
}

/** Most texts have nothing to fill in, and pages hold many. */
function always(format: IntlMessageFormat): Message['fill'] {
  const parts = [String(format.format())];
  return () => parts;
}

function filledBy(format: IntlMessageFormat, places: readonly string[]): Message['fill'] {
  return (values) => [format.format<Part>(fillings(places, values))].flat();
}

const STRONG = 'b';

function fillings(places: readonly string[], values: Values) {
  const filled = places.map((place): [string, Part | number] => {
    const value = values[place];
    if (typeof value === 'number') return [place, value];
    if (typeof value === 'string') return [place, { value: oneLine(value) }];
    throw new TypeError(`It needs ${place}.`);
  });
  return { ...Object.fromEntries(filled), [STRONG]: (strong: Part[]): Part => ({ strong }) };
}

type Element = ReturnType<IntlMessageFormat['getAst']>[number];

interface Contents {
  places: string[];
  plurals: string[];
  tags: string[];
}

function contentsOf(elements: readonly Element[]): Contents {
  const all = elements.map(contentOf);
  return {
    places: all.flatMap(({ places }) => places),
    plurals: all.flatMap(({ plurals }) => plurals),
    tags: all.flatMap(({ tags }) => tags),
  };
}

const LITERAL = 0;

function contentOf(element: Element): Contents {
  const kind: number = element.type;
  if (kind === LITERAL || !('value' in element)) return { places: [], plurals: [], tags: [] };
  if ('children' in element) {
    const inner = contentsOf(element.children);
    return { ...inner, tags: [element.value, ...inner.tags] };
  }
  if (!('options' in element)) return { places: [element.value], plurals: [], tags: [] };

  const inner = contentsOf(Object.values(element.options).flatMap(({ value }) => value));
  const categories = Object.keys(element.options).toSorted().join(' ');
  return {
    ...inner,
    places: [element.value, ...inner.places],
    plurals: [`${element.value}: ${categories}`, ...inner.plurals],
  };
}
