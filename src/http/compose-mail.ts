// One letter as text and as HTML, from views/mail. In both, a missing value fails rather than read "undefined"; in the
// HTML every value is escaped.
import type { Config } from '../config.ts';
import { textOn } from '../foundation/accent.ts';
import type { ComposeMail, OwnPath } from '../operations/mail/mail-kinds.ts';
import { type Appearance, plainAppearance } from './appearance.ts';
import { url } from './escaping.ts';
import { type Letter, writeLetter } from './letter.ts';
import type { Language } from './language.ts';
import { type Languages, openLanguages } from './languages.ts';

interface Deps {
  languages: Languages;
  appearance: Appearance;
}

/** Makes mails whose links lead to the issuer and to the brand's own pages, and nowhere else. */
export function mailComposer(
  { issuer }: Pick<Config, 'issuer'>,
  { languages = openLanguages(), appearance = plainAppearance() }: Partial<Deps> = {},
): ComposeMail {
  const { brand, html, text } = appearance;
  const letterhead = letterheadOf(appearance, issuer);
  return (request, now) => {
    const language = languages.nearest(request.locale === undefined ? [] : [request.locale]);
    const linkTo = (path: OwnPath) => ownLink(issuer, path);
    const letter = writeLetter(request, { language, site: brand.name, now, linkTo });
    const footer = language.say('footer', { site: brand.name, host: new URL(issuer).host });
    const links = brand.links.map((link) => ({
      ...link,
      label: language.say(link.label),
    }));
    const data = { ...dataOf(letter, language), ...letterhead, footer, links, url };
    return {
      subject: letter.subject,
      text: withoutGaps(text.render('mail/letter-text', data)),
      html: html.render('mail/letter-html', data),
    };
  };
}

function dataOf({ subject, blocks }: Letter, { lang, dir, say }: Language) {
  return {
    subject,
    blocks,
    lang,
    dir,
    heading: subject,
    copyHint: say('link-below'),
  };
}

/** Whose mail it is. Only a PNG: mail programs show no SVG. */
function letterheadOf({ brand, assets }: Appearance, issuer: string) {
  const { name, logo, accent } = brand;
  return {
    site: name,
    logo: logo?.extension === '.png' ? `${issuer}${assets.logoUrl}` : undefined,
    isWordmark: logo?.isWordmark ?? false,
    accent: accent && {
      light: { button: accent.light, text: textOn(accent.light) },
      dark: { button: accent.dark, text: textOn(accent.dark) },
    },
  };
}

/** A path such as `//evil.example` is an address of somebody else. */
function ownLink(issuer: string, path: OwnPath): string {
  const link = new URL(path, issuer);
  if (link.origin !== new URL(issuer).origin) throw new TypeError('A mail linked to another site.');
  return link.href;
}

/** What the template's own lines leave behind. */
function withoutGaps(lines: string): string {
  return `${lines
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}
