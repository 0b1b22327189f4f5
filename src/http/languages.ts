// The languages that this server speaks, and the one of them that comes nearest to what is wished for.
import type { Config } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';
import { COMPLETE, readCatalogues } from './catalogues.ts';
import { createLanguage, type Language } from './language.ts';
import { nearestAmong, readLocale } from '../foundation/locales.ts';

export interface Languages {
  /** BCP 47, the default first. */
  locales: readonly string[];
  /** English, for what only developers see. */
  english: Language;
  /** The default where none of the wishes can be met. */
  nearest: (wishes: readonly string[]) => Language;
}

type Settings = Pick<Config, 'localesDir' | 'defaultLocale'>;

const OWN: Settings = { localesDir: undefined, defaultLocale: COMPLETE };

/** @throws DomainError `invalid` `catalogues_unusable`, or `default_locale_unknown` */
export function openLanguages({ localesDir, defaultLocale }: Settings = OWN): Languages {
  const spoken = new Map(
    [...readCatalogues(localesDir)].map(([lang, texts]) => [lang, createLanguage(lang, texts)]),
  );
  const english = spoken.get(COMPLETE);
  const standard = spoken.get(readLocale(defaultLocale) ?? '');
  if (!english || !standard) throw unknownDefault(defaultLocale, [...spoken.keys()]);

  const locales = [...new Set([standard.lang, ...spoken.keys()])];
  const nearest = nearestAmong(locales);
  return {
    locales,
    english,
    nearest: (wishes) => spoken.get(nearest(wishes) ?? '') ?? standard,
  };
}

/** As it calls itself: "Deutsch". */
export function ownNameOf(locale: string): string {
  const name = new Intl.DisplayNames([locale], { type: 'language' }).of(locale) ?? locale;
  const [first = '', ...rest] = name;
  return [first.toLocaleUpperCase(locale), ...rest].join('');
}

function unknownDefault(locale: string, spoken: readonly string[]): DomainError {
  const message = `DEFAULT_LOCALE: there is no catalogue ${locale}, but ${spoken.join(', ')}`;
  return new DomainError('invalid', 'default_locale_unknown', message);
}
