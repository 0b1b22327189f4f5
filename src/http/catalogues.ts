// The catalogues: what pages and mails say, a file for each language in views/texts and views/mail/texts, and what a
// deployment adds or replaces in a folder of its own. Ours are tested; a deployment's are checked when they are read.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { DomainError } from '../foundation/errors.ts';
import type { Catalogue } from './language.ts';
import { prefixesOf, readLocale } from '../foundation/locales.ts';
import { parseMessage } from './message.ts';

/** In which everything is said. */
export const COMPLETE = 'en';

const OWN = ['texts', 'mail/texts'].map((folder) =>
  fileURLToPath(new URL(`../../views/${folder}`, import.meta.url)),
);
const catalogue = z.record(z.string(), z.string());

/**
 * By locale; what one lacks is said in the language it is a kind of, or else in English.
 * @throws DomainError `invalid` `catalogues_unusable`, naming every file and text of the folder that is wrong
 */
export function readCatalogues(folder: string | undefined): Map<string, Catalogue> {
  const own = merged(OWN.flatMap(filesOf));
  const added = folder === undefined ? [] : filesOf(folder);
  assertUsable(added, own.get(COMPLETE) ?? {});
  const all = merged([...OWN.flatMap(filesOf), ...added]);
  return new Map(
    [...all.keys()].map((locale) => {
      const nearer = [COMPLETE, ...prefixesOf(locale).toReversed()];
      return [
        locale,
        Object.fromEntries(nearer.flatMap((tag) => Object.entries(all.get(tag) ?? {}))),
      ];
    }),
  );
}

interface CatalogueFile {
  path: string;
  /** Nothing when the file is not named after a language. */
  locale: string | undefined;
  texts: Catalogue;
  fault?: string;
}

function filesOf(folder: string): CatalogueFile[] {
  const names = listed(folder).filter((name) => name.endsWith('.json'));
  return names.map((name) => {
    const path = join(folder, name);
    const locale = readLocale(name.slice(0, -'.json'.length));
    try {
      return { path, locale, texts: catalogue.parse(JSON.parse(readFileSync(path, 'utf8'))) };
    } catch {
      const fault = 'must be a JSON object whose values are all texts';
      return { path, locale, texts: {}, fault };
    }
  });
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw unusable([`${folder}: cannot be read`], cause);
  }
}

function merged(files: readonly CatalogueFile[]): Map<string, Catalogue> {
  const all = new Map<string, Catalogue>();
  for (const { locale = '', texts } of files) all.set(locale, { ...all.get(locale), ...texts });
  return all;
}

function assertUsable(files: readonly CatalogueFile[], complete: Catalogue): void {
  const faults = files.flatMap((file) =>
    faultsOf(file, complete).map((fault) => `${file.path}: ${fault}`),
  );
  if (faults.length > 0) throw unusable(faults);
}

function faultsOf({ locale, texts, fault }: CatalogueFile, complete: Catalogue): string[] {
  if (locale === undefined)
    return ['must be named after a language, such as nl.json or pt-BR.json'];
  if (fault !== undefined) return [fault];
  return Object.entries(texts).flatMap(([name, text]) => {
    const found = faultOf(text, locale, complete[name]);
    return found === undefined ? [] : [`${name}: ${found}`];
  });
}

function faultOf(text: string, locale: string, model: string | undefined): string | undefined {
  if (model === undefined) return 'there is no such text';
  try {
    const { places } = parseMessage(model, COMPLETE);
    const unknown = parseMessage(text, locale).places.filter((place) => !places.includes(place));
    return unknown.length > 0 ? `there is no value {${unknown.join('}, {')}}` : undefined;
  } catch (error) {
    return `is not MessageFormat (${error instanceof Error ? error.message : 'unknown'})`;
  }
}

function unusable(faults: readonly string[], cause?: unknown): DomainError {
  const message = ['LOCALES_DIR: these catalogues can’t be used:', ...faults].join('\n  ');
  return new DomainError('invalid', 'catalogues_unusable', message, { cause });
}
