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
export function readLocales(tags: readonly string[]): string[] {
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

/** Of the first wish that can be met at all, the nearest. */
export function nearestLocale(
  available: readonly string[],
  wishes: readonly string[],
): string | undefined {
  for (const wish of wishes) {
    const found = prefixesOf(wish).find((tag) => available.includes(tag)) ?? kin(available, wish);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The tag and what it is a kind of: `zh-Hant-TW`, `zh-Hant`, `zh`. Chinese in other letters is another language. */
export function prefixesOf(tag: string): string[] {
  const parts = tag.split('-');
  return parts
    .map((_, index) => parts.slice(0, parts.length - index).join('-'))
    .filter((prefix) => writtenAs(prefix) === writtenAs(tag));
}

/** Where there is `pt-BR` alone, it serves `pt-PT` too. */
function kin(available: readonly string[], wish: string): string | undefined {
  return available.find((tag) => writtenAs(tag) === writtenAs(wish));
}

function writtenAs(tag: string): string {
  const { language, script } = new Intl.Locale(tag).maximize();
  return `${language}-${script}`;
}
