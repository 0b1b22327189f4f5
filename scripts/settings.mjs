// npm run settings: writes .env.example and docs/configuration.md from src/settings.ts. With --check it writes nothing,
// and fails when they are not what it would write.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { SETTINGS } from '../src/settings.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const settings = Object.entries(SETTINGS).map(([name, { schema, meaning }]) => ({
  name,
  meaning,
  values: describeValues(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })),
  initial: String(schema.parse(undefined) ?? ''),
}));

const documents = { '.env.example': environmentExample(), 'docs/configuration.md': reference() };
const outdated = Object.entries(documents).filter(([path, text]) => read(path) !== text);

if (process.argv.includes('--check')) {
  for (const [path] of outdated) console.error(`${path} is not what src/settings.ts says.`);
  if (outdated.length > 0) console.error('Write it anew: npm run settings');
  process.exitCode = outdated.length > 0 ? 1 : 0;
} else {
  for (const [path, text] of outdated) write(path, text);
}

function environmentExample() {
  const head = `# Every setting with its default. Copy this file to .env and change what you need; the environment goes before it.
# An empty value counts as absent. docs/configuration.md says the same in a table.`;
  const entries = settings.map(
    ({ name, meaning, initial }) => `${wrap(meaning)}\n# ${name}=${initial}`,
  );
  return `${[head, ...entries].join('\n\n')}\n`;
}

function reference() {
  const rows = settings.map(({ name, values, initial, meaning }) =>
    [code(name), values, initial && code(initial), meaning]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | '),
  );
  return `# Configuration

<!-- Written by \`npm run settings\` from src/settings.ts: change it there. -->

Settings come from the environment, and where it says nothing from the file \`.env\` in the project's directory. An empty
value counts as absent. What is wrong is reported all at once, by name, and nothing is started. A name in
\`.env\` that is no setting is warned of.

Each \`INSECURE_\` setting takes one protection away, for a test suite that it stands in the way of. The start-up log
names those that are on. In production they are refused unless \`INSECURE_IN_PRODUCTION\` names them too.

| Setting | Values | Default | Meaning |
| --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join('\n')}
`;
}

function describeValues({ enum: options, type, minimum, maximum = Number.MAX_SAFE_INTEGER }) {
  if (options) return options.map(code).join(', ');
  if (type === 'integer' && maximum < Number.MAX_SAFE_INTEGER) return `${minimum} to ${maximum}`;
  if (type === 'integer') return `a number, ${minimum} or more`;
  return 'text';
}

function code(text) {
  return `\`${text}\``;
}

/** Lines of a comment, 100 characters wide. */
function wrap(text) {
  const lines = [[]];
  for (const word of text.split(' ')) {
    const line = [...lines.at(-1), word];
    if (line.join(' ').length > 98) lines.push([word]);
    else lines[lines.length - 1] = line;
  }
  return lines.map((words) => `# ${words.join(' ')}`).join('\n');
}

function read(path) {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
}

function write(path, text) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}
