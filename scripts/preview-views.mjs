// Writes every page and mail with sample data as a file, to look at and to take pictures of: npm run preview [folder] [locale].
// With the brand and the views that the environment names (BRAND_…, VIEWS_DIR).
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accentPath, accentStylesheet } from '../src/http/accent-stylesheet.ts';
import { openAppearance } from '../src/http/appearance.ts';
import { mailComposer } from '../src/http/compose-mail.ts';
import { openLanguages } from '../src/http/languages.ts';
import { renderToString } from '../src/http/render.ts';
import { readConfig } from '../src/config.ts';
import { MAILS, WRITTEN_AT } from '../test/support/mail-samples.ts';
import { SAMPLES } from '../test/support/view-samples.ts';

const [folder = 'data/preview', locale = 'en'] = process.argv.slice(2);
const config = readConfig(process.env, process.cwd());
const appearance = openAppearance(config);
const language = openLanguages().nearest([locale]);

mkdirSync(join(folder, 'assets'), { recursive: true });
for (const [path, { content }] of appearance.assets.all) writeFileSync(join(folder, path), content);
if (appearance.brand.accent) {
  const { accent } = appearance.brand;
  writeFileSync(join(folder, accentPath(accent)), accentStylesheet(accent));
}
for (const [view, samples] of Object.entries(SAMPLES)) {
  for (const [sample, data] of Object.entries(samples)) {
    const html = renderToString(view, data, { ...language, appearance });
    const page = html.replaceAll('"/assets/', '"assets/');
    writeFileSync(join(folder, `${view.replace('/', '-')}-${sample}.html`), page);
  }
}
const composeMail = mailComposer({ issuer: 'https://id.acme.example' }, { appearance });
for (const request of Object.values(MAILS)) {
  const { html, text } = composeMail({ ...request, locale }, WRITTEN_AT);
  writeFileSync(join(folder, `mail-${request.kind}.html`), html);
  writeFileSync(join(folder, `mail-${request.kind}.txt`), text);
}
console.log(`Open the pages in ${folder}.`);
