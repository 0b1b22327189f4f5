// Writes every page and mail with sample data as a file, to look at and to take pictures of: npm run preview [folder] [locale].
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assetUrl } from '../src/http/asset-routes.ts';
import { mailComposer } from '../src/http/compose-mail.ts';
import { openLanguages } from '../src/http/languages.ts';
import { renderToString } from '../src/http/render.ts';
import { MAILS, WRITTEN_AT } from '../test/support/mail-samples.ts';
import { SAMPLES } from '../test/support/view-samples.ts';

const [folder = 'data/preview', locale = 'en'] = process.argv.slice(2);
const language = openLanguages().nearest([locale]);

mkdirSync(join(folder, 'assets'), { recursive: true });
for (const name of ['latchkey.css', 'latchkey.svg']) {
  cpSync(new URL(`../views/assets/${name}`, import.meta.url), join(folder, assetUrl(name)));
}
for (const [view, samples] of Object.entries(SAMPLES)) {
  for (const [sample, data] of Object.entries(samples)) {
    const page = renderToString(view, data, language).replaceAll('"/assets/', '"assets/');
    writeFileSync(join(folder, `${view.replace('/', '-')}-${sample}.html`), page);
  }
}
const composeMail = mailComposer({ issuer: 'https://id.acme.example' });
for (const request of Object.values(MAILS)) {
  const { html, text } = composeMail({ ...request, locale }, WRITTEN_AT);
  writeFileSync(join(folder, `mail-${request.kind}.html`), html);
  writeFileSync(join(folder, `mail-${request.kind}.txt`), text);
}
console.log(`Open the pages in ${folder}.`);
