// Lists of languages as others send them, and which of ours is nearest (BCP 47; RFC 4647 §3.4). Values only. Whatever
// is malformed counts as not said: a language is a wish, and no reason to refuse a request.

const MAX_CHARACTERS = 200;
const MAX_TAGS = 10;
const MAX_TAG_CHARACTERS = 35;

/** `ui_locales` (OpenID Connect Core §3.1.2.1): the person's languages in the order of preference. */
export function readUiLocales(text: unknown): string[] {
  return typeof text === 'string' && text.length <= MAX_CHARACTERS
    ? readLocales(text.split(' '))
    : [];
}

/** The well-formed ones, spelled as BCP 47 does. */
function readLocales(tags: readonly string[]): string[] {
  return tags.slice(0, MAX_TAGS).flatMap((tag) => readLocale(tag) ?? []);
}

export function readLocale(tag: string): string | undefined {
  if (tag.length > MAX_TAG_CHARACTERS) return undefined;
  try {
    return new Intl.Locale(tag).baseName;
  } catch {
    return undefined; // not BCP 47
  }
}

/** Of the first wish that can be met at all, the nearest; what is no BCP 47 is passed over. */
export type NearestLocale = (wishes: readonly string[]) => string | undefined;

const REMEMBERED = 1000;

/** @param available as BCP 47 spells them; of several that would do, the first is taken */
export function nearestAmong(available: readonly string[]): NearestLocale {
  const written = new Map(available.map((tag) => [tag, writtenAs(tag)]));
  const found = new Map<string, string | undefined>();

  // Browsers send the same few again and again, and to look one up is no small matter.
  function nearestTo(wish: string): string | undefined {
    if (wish.length > MAX_TAG_CHARACTERS) return undefined;
    if (!found.has(wish)) {
      if (found.size >= REMEMBERED) found.clear();
      found.set(wish, lookUp(written, wish));
    }
    return found.get(wish);
  }

  return (wishes) => {
    for (const wish of wishes.slice(0, MAX_TAGS)) {
      const nearest = nearestTo(wish);
      if (nearest !== undefined) return nearest;
    }
    return undefined;
  };
}

function lookUp(written: ReadonlyMap<string, string>, wish: string): string | undefined {
  const tag = readLocale(wish);
  if (tag === undefined) return undefined;
  return prefixesOf(tag).find((prefix) => written.has(prefix)) ?? kinOf(written, tag);
}

/** The tag and what it is a kind of: `zh-Hant-TW`, `zh-Hant`, `zh`. Chinese in other letters is another language. */
export function prefixesOf(tag: string): string[] {
  const parts = tag.split('-');
  const prefixes = parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
  return prefixes.filter((prefix) => prefix === tag || writtenAs(prefix) === writtenAs(tag));
}

/** Where there is `pt-BR` alone, it serves `pt-PT` too. */
function kinOf(written: ReadonlyMap<string, string>, wish: string): string | undefined {
  const own = writtenAs(wish);
  return [...written].find(([, other]) => other === own)?.[0];
}

function writtenAs(tag: string): string {
  const { language, script } = new Intl.Locale(tag).maximize();
  return `${language}-${script}`;
}
