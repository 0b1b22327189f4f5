import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { renderToString } from '../../src/http/render.ts';
import { openLanguages } from '../../src/http/languages.ts';
import { safeImageUrl, safeUrl, type Views } from '../../src/http/views.ts';
import { SAMPLES } from '../support/view-samples.ts';

const PAYLOADS = [
  `"><script>alert(1)</script><img src=x onerror=alert(1)>`,
  `' onfocus='alert(1)' autofocus='`,
  '</title></textarea></style><svg onload=alert(1)>',
  '<%= process.exit() %>${alert(1)}{{7*7}}',
  '&quot;&#39;&lt;script&gt;',
];
const OPTIONAL =
  /^(fault|logo|domain|policy|terms|detail|clientName|account|destination|home|playground|mailbox|older|recovery|mailCode|register|signIn|privacyUrl|cancellation|obstacle|stylesheet|again|rememberDays|shown)$/;

const { english } = openLanguages();

const pages = Object.entries(SAMPLES).flatMap(([view, samples]) =>
  Object.entries(samples).map(([sample, data]) => ({ view: view as keyof Views, sample, data })),
);

describe.each(pages)('$view, $sample', ({ view, data }) => {
  test('a text cannot become markup, wherever it comes from', () => {
    const plain = skeleton(page(view, data));
    for (const { path, value } of leaves(data)) {
      for (const payload of PAYLOADS) {
        if (typeof value !== 'string' || value === '' || isUrl(path)) continue;

        const html = page(view, replaced(data, path, payload));
        expect({ path, tags: skeleton(html) }).toEqual({ path, tags: plain });
      }
    }
  });

  test('an address that is no web page is not rendered, nor is one that breaks out', () => {
    for (const { path } of leaves(data).filter((leaf) => isUrl(leaf.path))) {
      if (!isShown(view, data, path)) continue;
      for (const hostile of ['javascript:alert(1)', ' \tjAvascript:alert(1)', 'data:text/html,x']) {
        expect(() => page(view, replaced(data, path, hostile))).toThrow(/linked to/);
      }
      const [plain, broken] = ['/x', `/x"onclick="alert(1)`].map((address) =>
        skeleton(page(view, replaced(data, path, address))),
      );
      expect(broken).toEqual(plain);
    }
  });

  test('what is missing is a failure, not the word undefined', () => {
    for (const { path } of leaves(data)) {
      if (OPTIONAL.test(path.at(-1) ?? '') || path[0] === 'faults') continue;
      if (!isShown(view, data, path)) continue;

      const broken = `without ${path.join('.')}`;
      expect({ broken, throws: throws(() => page(view, replaced(data, path, undefined))) }).toEqual(
        {
          broken,
          throws: true,
        },
      );
    }
    expect(page(view, data)).not.toMatch(/undefined|\[object/);
  });
});

test('a view that prints an object fails', () => {
  const data = { title: 'Oops', message: {}, code: 'x', requestId: 'y' };
  expect(() => page('error/error', data)).toThrow('A view printed object.');
});

describe.each(templates())('%s', (name, text) => {
  test('prints unescaped only the body of a layout and a partial', () => {
    const raw = [...text.matchAll(/<%[-_]?\s*~\s*(\S+)/g)].map(([, what]) => what);
    expect(
      raw.filter(
        (what) =>
          !/^(it\.body|it\.marked\(.*|include\('\/partials\/[a-z]+'[,)].*)$/.test(what ?? ''),
      ),
    ).toEqual([]);
  });

  test('puts every address through the check', () => {
    const links = [...text.matchAll(/\s(?:href|src|action)="<%=\s*(\S+)/g)].map(([, what]) => what);
    expect(links.filter((what) => !/^it\.(url|redirectUrl)\(/.test(what ?? ''))).toEqual([]);
  });

  test('quotes every attribute and has no inline script or style', () => {
    const plain = text.replace(
      /<script src="<%= it\.url\(it\.(?:assetUrl\(it\.script\)|guard\.script)\) %>"(?: async)? defer><\/script>/,
      '',
    );
    expect(plain).not.toMatch(/=<%|<script|\son[a-z]+=/i);
    // A mail brings its own style: mail clients load no stylesheet. Nothing that is filled in may stand in it.
    const forbidden = name === 'mail/letter-html.eta' ? /style="[^"]*<%/ : /<style|\sstyle=/i;
    expect(plain).not.toMatch(forbidden);
  });
});

test.each([
  ['https://app.example/logo.png', 'https://app.example/logo.png'],
  ['https://app.example', 'https://app.example/'],
  ['HTTPS://App.Example/a b"c', 'https://app.example/a%20b%22c'],
  ['http://localhost:3000/x', 'http://localhost:3000/x'],
  ['http://127.0.0.1/x', 'http://127.0.0.1/x'],
  ['http://[::1]:8080/', 'http://[::1]:8080/'],
  ['http://app.example/', undefined],
  ['http://localhost.evil.example/', undefined],
  ['http://127.0.0.1.evil.example/', undefined],
  ['https://bank.example@evil.example/', undefined],
  ['https://:secret@evil.example/', undefined],
  ['javascript:alert(1)', undefined],
  ['java\nscript:alert(1)', undefined],
  [' javascript:alert(1)', undefined],
  ['data:image/svg+xml,<svg onload=alert(1)>', undefined],
  ['vbscript:x', undefined],
  ['blob:https://app.example/1', undefined],
  ['file:///etc/passwd', undefined],
  ['//evil.example/', undefined],
  ['/relative', undefined],
  ['', undefined],
])('safeUrl(%j) is %j', (text, expected) => {
  expect(safeUrl(text)).toBe(expected);
});

test.each([
  ['https://app.example/logo.png', 'https://app.example/logo.png'],
  ['http://localhost:3000/logo.png', undefined],
  ['http://app.example/logo.png', undefined],
  ['data:image/svg+xml,<svg onload=alert(1)>', undefined],
])('safeImageUrl(%j) is %j', (text, expected) => {
  expect(safeImageUrl(text)).toBe(expected);
});

type Path = string[];

/** The types forbid what these tests are about, so they are set aside here. */
function page(view: keyof Views, data: unknown): string {
  return renderToString(view, data as Views[typeof view], english);
}

/** The tags and attributes of a page without their values: what a text must not change. */
function skeleton(html: string): string[] {
  const tags = html.replace(/"[^"]*"/g, '""').match(/<[^>]*>/g) ?? [];
  return tags.map((tag) => tag.replace(/\s+/g, ' '));
}

function leaves(value: unknown, path: Path = []): { path: Path; value: unknown }[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]));
}

function replaced(data: unknown, [name, ...rest]: Path, by: unknown): unknown {
  if (name === undefined) return by;
  if (Array.isArray(data)) {
    return data.map((inner: unknown, index) =>
      String(index) === name ? replaced(inner, rest, by) : inner,
    );
  }
  const object = data as Record<string, unknown>;
  return { ...object, [name]: replaced(object[name], rest, by) };
}

/** Whether the page uses what is there (a fixed permission's value isn't, nor is a login page's policy). */
function isShown(view: keyof Views, data: unknown, path: Path): boolean {
  const marked = replaced(data, path, '/marker-51c');
  return throws(() => page(view, marked)) || page(view, marked).includes('/marker-51c');
}

function isUrl(path: Path): boolean {
  if (path[0] === 'faults') return false;
  return /^(action|(cancel|forgetAll|mail|remove|rename|switch)Action|href|frame|logo|policy|terms|playground|mailbox|older|recovery|signIn|otherWay|qrCode|again|back|resend|mailCode|register|script|url|privacyUrl|options|stylesheet|other|cancellation|shown|removal)$/.test(
    path.at(-1) ?? '',
  );
}

function throws(work: () => void): boolean {
  try {
    work();
    return false;
  } catch {
    // Any failure will do: a missing object fails where it is read, a missing text where it is printed.
    return true;
  }
}

function templates(): [string, string][] {
  const root = new URL('../../views/', import.meta.url);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.eta'))
    .map((name) => [name, readFileSync(new URL(name, root), 'utf8')]);
}
