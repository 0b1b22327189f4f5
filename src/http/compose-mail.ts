// The doorway of the template engine for mail: one letter as text and as HTML, from views/mail. In both, a missing
// value fails rather than read "undefined"; in the HTML every value is escaped.
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Config } from '../config.ts';
import type { ComposeMail, OwnPath } from '../operations/mail/mail-kinds.ts';
import { type Letter, writeLetter } from './letter.ts';
import type { Language } from './language.ts';
import { type Languages, openLanguages } from './languages.ts';
import { escapeHtml, url } from './render.ts';

const SITE = 'Latchkey';
const views = fileURLToPath(new URL('../../views', import.meta.url));
const html = new Eta({ views, cache: true, autoEscape: true, escapeFunction: escapeHtml });
const text = new Eta({
  views,
  cache: true,
  autoEscape: true,
  autoTrim: false,
  escapeFunction: plain,
});

/** Makes mails whose links lead to the issuer, and nowhere else. */
export function mailComposer(
  { issuer }: Pick<Config, 'issuer'>,
  languages: Languages = openLanguages(),
): ComposeMail {
  return (request, now) => {
    const language = languages.nearest(request.locale === undefined ? [] : [request.locale]);
    const linkTo = (path: OwnPath) => ownLink(issuer, path);
    const letter = writeLetter(request, { language, site: SITE, now, linkTo });
    const data = { ...dataOf(letter, language, issuer), url };
    return {
      subject: letter.subject,
      text: withoutGaps(text.render('/mail/letter-text', data)),
      html: html.render('/mail/letter-html', data),
    };
  };
}

function dataOf({ subject, blocks }: Letter, { lang, dir, say }: Language, issuer: string) {
  return {
    subject,
    blocks,
    lang,
    dir,
    heading: subject,
    site: SITE,
    copyHint: say('link-below'),
    footer: say('footer', { site: SITE, host: new URL(issuer).host }),
  };
}

/** A path such as `//evil.example` is an address of somebody else. */
function ownLink(issuer: string, path: OwnPath): string {
  const link = new URL(path, issuer);
  if (link.origin !== new URL(issuer).origin) throw new TypeError('A mail linked to another site.');
  return link.href;
}

function plain(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`A mail printed ${typeof value}.`);
  return value;
}

/** What the template's own lines leave behind. */
function withoutGaps(lines: string): string {
  return `${lines
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}
