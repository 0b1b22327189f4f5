// The one place that knows Prisma's schema engine, as WASM: no native engine has to be downloaded for it.
// It only writes the SQL of migrations; src/storage/migrate.ts applies them.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';

const filters = { externalTables: [], externalEnums: [] };

/**
 * The SQL that leads from one schema to another.
 * @param adapterFactory a driver adapter of the engine; PostgreSQL needs a live server even for a diff
 * @param before the text of the earlier schema; undefined for the first migration
 * @param after the text of the later schema
 */
export async function diffSchemas(adapterFactory, before, after) {
  const to = schemaFiles(after);
  const engine = await openEngine(adapterFactory, after);
  try {
    const { stdout } = await engine.diff({
      from: before === undefined ? { tag: 'empty' } : schemaFiles(before),
      to,
      script: true,
      shadowDatabaseUrl: null,
      exitCode: null,
      filters,
    });
    return stdout;
  } finally {
    engine.free();
  }
}

function schemaFiles(content) {
  return { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] };
}

async function openEngine(adapterFactory, schema) {
  const { SchemaEngine } = await loadBindings();
  const factory = bindMigrationAwareSqlAdapterFactory(adapterFactory);
  return SchemaEngine.new({ datamodels: [['schema.prisma', schema]] }, () => {}, factory);
}

let loaded;

// Once: the bindings hold a single instance.
function loadBindings() {
  loaded ??= instantiate();
  return loaded;
}

async function instantiate() {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const bindings = await import(pathToFileURL(join(entry, '../schema_engine_bg.js')).href);
  const { instance } = await WebAssembly.instantiate(
    readFileSync(join(entry, '../schema_engine_bg.wasm')),
    { './schema_engine_bg.js': bindings },
  );
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (text) => console.error(text) };
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings;
}
