// Composes the two Prisma schemas (a datasource's provider must be a literal) from the one set of models.
// PostgreSQL gets time zones on its timestamps; everything else is the same.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export const ENGINES = ['sqlite', 'postgresql'];

/** The text of the schema for one engine. */
export function composeSchema(engine) {
  const directory = join(root, 'prisma/models');
  const models = readdirSync(directory)
    .filter((name) => name.endsWith('.prisma'))
    .toSorted()
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('\n');
  return `${header(engine)}\n${engine === 'postgresql' ? withTimeZones(models) : models}`;
}

/** Writes prisma/generated/<engine>.prisma and answers its path. */
export function writeSchema(engine) {
  const directory = join(root, 'prisma/generated');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${engine}.prisma`);
  writeFileSync(path, composeSchema(engine));
  return path;
}

// The small compiler takes 10 MB less memory; plans are cached, so that queries cost the same.
function header(engine) {
  return `generator client {
  provider            = "prisma-client"
  output              = "../../src/storage/generated/${engine}"
  importFileExtension = "ts"
  compilerBuild       = "small"
}

datasource db {
  provider = "${engine}"
}
`;
}

function withTimeZones(models) {
  return models.replace(/^(\s+\w+\s+DateTime\??)/gm, '$1 @db.Timestamptz(3)');
}
