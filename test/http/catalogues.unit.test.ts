// The catalogues beside one another, and beside the code that says what is in them.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { openLanguages } from '../../src/http/languages.ts';
import { parseMessage } from '../../src/http/message.ts';
import { ROOT } from '../support/database.ts';

const FOLDERS = ['views/texts', 'views/mail/texts'];
const LOCALES = ['ar', 'de', 'en', 'es', 'fr', 'ja'];

/** The same word in both, or a name. */
const SAME_IN_ENGLISH =
  /^(browser|address|account\.passkeys(\.heading|\.name)?|home\.(discovery|metadata)|(device|error|second-factor|enrol-second-factor|mailed-code|confirm-address)\.code|form-post\.continue)$/;

/** Said to programs and operators alone, or with what the error itself knows. */
const IN_ENGLISH_ALONE = new Set([
  'invalid_json',
  'misdirected_request',
  'unsupported_content_encoding',
  'unsupported_content_type',
  'brand_logo_unusable',
  'views_unusable',
  'catalogues_unusable',
  'default_locale_unknown',
  'user_not_found',
  'user_owns',
  'invalid_encoding',
  'meter_busy',
  'wrong_secret_key',
  'admin_password_unreadable',
  'nothing_to_verify',
  'mail_unavailable',
  'invitation_not_found',
]);

type Texts = Record<string, string>;

const read = (folder: string, locale: string): Texts =>
  JSON.parse(readFileSync(`${ROOT}${folder}/${locale}.json`, 'utf8'));
const all = (locale: string): Texts =>
  Object.assign({}, ...FOLDERS.map((folder) => read(folder, locale)));
const english = all('en');

test.each(FOLDERS)('%s has the six languages', (folder) => {
  expect(readdirSync(`${ROOT}${folder}`).toSorted()).toEqual(LOCALES.map((one) => `${one}.json`));
});

test('no text of a page has the name of one of a mail', () => {
  const counts = FOLDERS.map((folder) => Object.keys(read(folder, 'en')).length);
  expect(Object.keys(english)).toHaveLength(counts.reduce((sum, count) => sum + count));
});

describe.each(LOCALES)('%s', (locale) => {
  test.each(FOLDERS)('%s has the same texts in the same order', (folder) => {
    expect(Object.keys(read(folder, locale))).toEqual(Object.keys(read(folder, 'en')));
  });

  test('has the same values, tags and plurals, and every category of the language', () => {
    const categories = new Intl.PluralRules(locale)
      .resolvedOptions()
      .pluralCategories.toSorted()
      .join(' ');
    for (const [name, text] of Object.entries(all(locale))) {
      const [model, own] = [parseMessage(english[name] ?? '', 'en'), parseMessage(text, locale)];
      const plurals = model.plurals.map((one) => `${one.split(':')[0]}: ${categories}`);
      expect({
        name,
        places: own.places.toSorted(),
        tags: tagsOf(text),
        plurals: own.plurals,
      }).toEqual({
        name,
        places: model.places.toSorted(),
        tags: tagsOf(english[name] ?? ''),
        plurals,
      });
    }
  });

  test('is clean: no spaces at the ends or in pairs, no typewriter quotes, no dots of its own', () => {
    for (const [name, text] of Object.entries(all(locale))) {
      const untidy = /^\s|\s$|\s\s|'|"|\.\.\.|[\u200e\u200f\u202a-\u202e]/.exec(text)?.[0];
      expect({ name, untidy }).toEqual({ name, untidy: undefined });
    }
  });
});

test.each(LOCALES.filter((locale) => locale !== 'en'))('%s is translated', (locale) => {
  const same = Object.entries(all(locale)).filter(([name, text]) => text === english[name]);
  expect(same.map(([name]) => name).filter((name) => !SAME_IN_ENGLISH.test(name))).toEqual(
    locale === 'es' ? ['page.after-fault'] : [],
  );
});

test('every text that a view says is there', () => {
  const said = eta().flatMap((text) =>
    [...text.matchAll(/it\.(?:say|marked)\(\s*'([\w.-]+)'/g)].map(([, name]) => name ?? ''),
  );
  expect(said.length).toBeGreaterThan(60);
  expect(said.filter((name) => english[name] === undefined)).toEqual([]);
});

test('every text of the pages is said somewhere', () => {
  const code = [...eta(), ...sources()].join('\n');
  const made =
    /^(refusal|title|password\.strength|scope|protocol|device\.fault|history|account\.section|interrupted\.(done|expired|elsewhere|over))\./;
  const idle = Object.keys(read('views/texts', 'en')).filter(
    (name) => !made.test(name) && !code.includes(`'${name}'`),
  );
  expect(idle).toEqual([]);
});

test('every refusal that people can meet has a text for them', () => {
  const codes = sources([
    'src/account',
    'src/http',
    'src/identity',
    'src/protocol/interactions',
  ]).flatMap((text) =>
    [...text.matchAll(/new DomainError\(\s*'[\w-]+',\s*'(\w+)'/g)].map(([, code]) => code ?? ''),
  );
  expect(codes.length).toBeGreaterThan(15);
  const untold = codes.filter((code) => english[`refusal.${code}`] === undefined);
  expect(untold.filter((code) => !IN_ENGLISH_ALONE.has(code))).toEqual([]);
});

describe('the catalogues of a deployment', () => {
  let folder: string;

  const withFiles = (files: Record<string, unknown>, defaultLocale = 'en') => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-locales-'));
    for (const [name, content] of Object.entries(files)) {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      writeFileSync(join(folder, name), text);
    }
    return openLanguages({ localesDir: folder, defaultLocale });
  };

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('add a language, whose missing texts are English', () => {
    const { locales, nearest } = withFiles({ 'nl.json': { 'login.submit': 'Inloggen' } });
    expect(locales).toContain('nl');
    const dutch = nearest(['nl-BE']);
    expect(dutch).toMatchObject({ lang: 'nl', dir: 'ltr' });
    expect([dutch.say('login.submit'), dutch.say('login.cancel')]).toEqual(['Inloggen', 'Cancel']);
  });

  test('replace a text of pages and of mails, and of a region alone', () => {
    const { nearest } = withFiles({
      'de.json': { 'login.heading': 'Willkommen', 'verify-email.subject': 'Ihre Adresse' },
      'de-AT.json': { 'login.cancel': 'Doch nicht' },
    });
    const said = ['de', 'de-AT', 'de-CH'].map((locale) => {
      const { lang, say } = nearest([locale]);
      return [lang, say('login.heading'), say('verify-email.subject'), say('login.cancel')];
    });
    expect(said).toEqual([
      ['de', 'Willkommen', 'Ihre Adresse', 'Abbrechen'],
      ['de-AT', 'Willkommen', 'Ihre Adresse', 'Doch nicht'],
      ['de', 'Willkommen', 'Ihre Adresse', 'Abbrechen'],
    ]);
  });

  test('a right-to-left language is known by its letters', () => {
    const { nearest } = withFiles({
      'ur.json': {},
      'he.json': {},
      'az-Arab.json': {},
      'az.json': {},
    });
    const dirs = ['ur', 'he', 'az-Arab', 'az', 'ar'].map((locale) => nearest([locale]).dir);
    expect(dirs).toEqual(['rtl', 'rtl', 'rtl', 'ltr', 'rtl']);
  });

  test('every fault is told, with the file and the text', () => {
    const open = () =>
      withFiles({
        'nl.json': '{',
        'deutsch!.json': {},
        'da.json': { 'login.lead': 3 },
        'sv.json': {
          'login.lead': 'till {cilent}',
          'login.submit': 'Logga {in',
          'login.nothing': 'x',
          'login.cancel': '<script>x</script>',
        },
        'readme.txt': 'not looked at',
      });
    expect(open).toThrow(/^LOCALES_DIR: these catalogues can’t be used:\n/);
    let told = '';
    try {
      open();
    } catch (error) {
      told = String(error);
    }
    for (const fault of [
      /deutsch!\.json: must be named after a language/,
      /nl\.json: must be a JSON object/,
      /da\.json: must be a JSON object whose values are all texts/,
      /sv\.json: login\.lead: there is no value \{cilent\}/,
      /sv\.json: login\.submit: is not MessageFormat/,
      /sv\.json: login\.nothing: there is no such text/,
      /sv\.json: login\.cancel: is not MessageFormat \(<script> is no tag of ours\)/,
    ]) {
      expect(told).toMatch(fault);
    }
    expect(told).not.toContain('readme');
  });

  test('a default that nobody can speak, and a folder that is not there, are told', () => {
    expect(() => withFiles({}, 'tlh')).toThrow(/^DEFAULT_LOCALE: there is no catalogue tlh, but /);
    const nowhere = { localesDir: '/nowhere/at/all', defaultLocale: 'en' };
    expect(() => openLanguages(nowhere)).toThrow('/nowhere/at/all: cannot be read');
  });
});

const tagsOf = (text: string) => (text.match(/<\/?\w+>/g) ?? []).join('');

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(`${ROOT}${folder}/${name}`, 'utf8'));
}

function eta(): string[] {
  return filesIn('views', '.eta');
}

function sources(folders = ['src/account', 'src/http', 'src/identity', 'src/protocol']): string[] {
  return folders.flatMap((folder) => filesIn(folder, '.ts'));
}
