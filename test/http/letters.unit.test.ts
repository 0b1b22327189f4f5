// What mails say: every kind, as text and as HTML, with ordinary values and with those that hurt.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { mailComposer } from '../../src/http/compose-mail.ts';
import { openLanguages } from '../../src/http/languages.ts';
import {
  CREDENTIAL_CHANGES,
  type MailRequest,
  type OwnPath,
} from '../../src/operations/mail/mail-kinds.ts';
import { MAILS, WRITTEN_AT } from '../support/mail-samples.ts';

const languages = openLanguages();
const { english } = languages;

const ISSUER = 'https://id.example.com';
const compose = mailComposer({ issuer: ISSUER });
const written = (request: MailRequest) => compose(request, WRITTEN_AT);

const HOSTILE = [
  `"><script>alert(1)</script><img src=x onerror=alert(1)>`,
  `' onfocus='alert(1)'`,
  '</title></style><svg onload=alert(1)>',
  '<%= process.exit() %>{site}{{7*7}}',
];

describe.each(Object.values(MAILS))('$kind', (request: MailRequest) => {
  test('says the same as text and as HTML', () => {
    const { subject, text, html } = written(request);
    const words = html
      .replace(/<style>[^]*<\/style>|<[^>]*>/g, ' ')
      .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
    for (const line of text.split('\n')) {
      for (const part of line.split(/: |^--$/))
        expect(words).toContain(part.trim().replace(/:$/, ''));
    }
    expect(text.startsWith(`${subject}\n\n`)).toBe(true);
    expect(text).not.toMatch(/\n\n\n|undefined|\{/);
    expect(html).not.toMatch(/undefined|\{\w+\}/);
  });

  test('links to the issuer alone', () => {
    const { text, html } = written(request);
    const links = `${text} ${html}`.match(/https?:\/\/[^\s"<]+/g) ?? [];
    expect(links.filter((link) => !link.startsWith(`${ISSUER}/`))).toEqual([]);
    expect(links.length > 0).toBe('path' in request.data || 'undo' in request.data);
  });

  test('of several buttons, the first alone stands out', () => {
    const { html } = written(request);
    const kinds = [...html.matchAll(/<a class="(button|other)"/g)].map(([, kind]) => kind);
    expect(kinds).toEqual(kinds.map((_, index) => (index === 0 ? 'button' : 'other')));
  });

  test('a value cannot become markup in the HTML, or a line of its own in the text', () => {
    const plain = written(request);
    for (const name of ['code', 'inviter', 'oldEmail', 'newEmail', 'address', 'browser']) {
      for (const payload of [...HOSTILE, 'a\r\nb', 'a\u2028b\u202ec']) {
        const { subject, text, html } = written(withValue(request, name, payload));
        expect({ name, tags: tagsOf(html) }).toEqual({ name, tags: tagsOf(plain.html) });
        expect(text.split(/\r\n|[\r\n\u2028]/)).toHaveLength(plain.text.split('\n').length);
        expect({ subject, turned: /[\u202a-\u202e]/.test(text) }).toEqual({
          subject: plain.subject,
          turned: false,
        });
      }
    }
  });
});

test.each(['//evil.example/x', '/\\evil.example/x', '/\t/evil.example', 'https://evil.example/'])(
  'no mail links to %j',
  (path) => {
    const request: MailRequest = {
      ...MAILS['reset-password'],
      data: { ...MAILS['reset-password'].data, path: path as OwnPath },
    };
    expect(() => written(request)).toThrow('A mail linked to another site.');
  },
);

test.each(CREDENTIAL_CHANGES)('there are words for %s', (change) => {
  const data = { change, at: WRITTEN_AT };
  const { text } = written({ kind: 'credential-changed', to: 'alice@example.com', data });
  expect(text).toMatch(/account/);
});

test.each(languages.locales)('every mail can be written in %s', (locale) => {
  for (const request of Object.values(MAILS)) {
    const { subject, text, html } = written({ ...request, locale });
    const model = written(request);
    expect(html).toContain(`<html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">`);
    expect(subject === model.subject).toBe(locale === 'en');
    expect(text).not.toMatch(/undefined|\{|<b>/);
  }
});

test('every text is said somewhere', () => {
  const file = new URL('../../views/mail/texts/en.json', import.meta.url);
  const names = Object.keys(JSON.parse(readFileSync(file, 'utf8')));
  const source = ['letter.ts', 'compose-mail.ts']
    .map((name) => readFileSync(new URL(`../../src/http/${name}`, import.meta.url), 'utf8'))
    .join('');
  const isSaid = (name: string) =>
    source.includes(`'${name}'`) || /\.(subject|button)$/.test(name) || isChange(name);
  const isChange = (name: string) =>
    CREDENTIAL_CHANGES.some((change) => name === `credential-changed.${change}`);
  expect(names.filter((name) => !isSaid(name) && !/^(when|address|browser)$/.test(name))).toEqual(
    [],
  );
});

test.each([undefined, 'en', 'EN-gb', 'tlh', '../../package', '', '__proto__'])(
  'the language %j is English',
  (locale) => {
    expect(languages.nearest(locale === undefined ? [] : [locale])).toMatchObject({
      lang: 'en',
      dir: 'ltr',
    });
  },
);

test.each([
  [10_000, '1 minute'],
  [600_000, '10 minutes'],
  [3_600_000, '60 minutes'],
  [2 * 3_600_000, '2 hours'],
  [24 * 3_600_000, '24 hours'],
  [7 * 86_400_000, '7 days'],
])('%i milliseconds are %s', (milliseconds, words) => {
  expect(english.duration(milliseconds)).toBe(words);
});

test('a moment is told in words, with its zone', () => {
  expect(english.moment(WRITTEN_AT)).toBe('January 31, 2026 at 12:00 PM (UTC)');
});

test('a text that is missing, or lacks a value, is a failure', () => {
  const { say } = english;
  expect(() => say('nothing.like-this')).toThrow('No text is called nothing.like-this.');
  expect(() => say('footer', { site: 'x' })).toThrow('The text footer lacks a value.');
});

function withValue(request: MailRequest, name: string, value: string): MailRequest {
  const replaced = (data: object): object =>
    Object.fromEntries(
      Object.entries(data).map(([key, inner]) => {
        if (key === name) return [key, value];
        return [key, inner?.constructor === Object ? replaced(inner) : inner];
      }),
    );
  return { ...request, data: replaced(request.data) } as MailRequest;
}

function tagsOf(html: string): string[] {
  return html.replace(/"[^"]*"/g, '""').match(/<[^>]*>/g) ?? [];
}
