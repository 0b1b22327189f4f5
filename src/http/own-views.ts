// A deployment's own views and assets (VIEWS_DIR): a file there stands for ours of the same name. Read once, at start;
// what has no use is refused by its name, since it is most likely mistyped. Nothing in a request is ever a file name.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DomainError } from '../foundation/errors.ts';

/** Ours: views/ of the project. */
export const VIEWS = fileURLToPath(new URL('../../views', import.meta.url));

export interface OwnViews {
  /** By path below the folder, such as `interaction/login.eta`. */
  templates: ReadonlyMap<string, string>;
  /** By path below `assets/`, such as `latchkey.css` or `hero.webp`. */
  assets: ReadonlyMap<string, Buffer>;
}

export const NO_OWN_VIEWS: OwnViews = { templates: new Map(), assets: new Map() };

/** What an own asset may be. No scripts: pages run none but ours. */
export const OWN_ASSET_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
};

const ASSETS = 'assets/';

/** @throws DomainError `invalid` `views_unusable`, naming every file that has no use */
export function readOwnViews(folder: string | undefined): OwnViews {
  if (folder === undefined) return NO_OWN_VIEWS;

  const names = listed(folder);
  const ours = new Set(filesIn(VIEWS));
  assertUsable(names.flatMap((name) => faultOf(name, ours) ?? []));
  const read = (chosen: (name: string) => boolean) =>
    names.filter(chosen).map((name) => [name, readFileSync(join(folder, name))] as const);
  return {
    templates: new Map(
      read((name) => !name.startsWith(ASSETS)).map(([name, content]) => [name, String(content)]),
    ),
    assets: new Map(
      read((name) => name.startsWith(ASSETS)).map(([name, content]) => [
        name.slice(ASSETS.length),
        content,
      ]),
    ),
  };
}

/** @throws DomainError `invalid` `views_unusable` when there are any */
export function assertUsable(faults: readonly string[], cause?: unknown): void {
  if (faults.length === 0) return;
  const message = ['VIEWS_DIR: these files can’t be used:', ...faults].join('\n  ');
  throw new DomainError('invalid', 'views_unusable', message, { cause });
}

function faultOf(name: string, ours: ReadonlySet<string>): string | undefined {
  if (!name.startsWith(ASSETS)) {
    if (name.endsWith('.json')) return `${name}: texts belong into LOCALES_DIR`;
    return ours.has(name) ? undefined : `${name}: there is no such view`;
  }
  if (!/^[\w-]+(\.[\w-]+)+$/.test(name.slice(ASSETS.length))) {
    return `${name}: an asset’s name has letters, digits, - and _, and no folder`;
  }
  return Object.hasOwn(OWN_ASSET_TYPES, extname(name))
    ? undefined
    : `${name}: an asset is ${Object.keys(OWN_ASSET_TYPES).join(', ')}`;
}

function listed(folder: string): string[] {
  try {
    return filesIn(folder);
  } catch (cause) {
    assertUsable([`${folder}: cannot be read`], cause);
    return [];
  }
}

/** Hidden ones are an editor's, or a volume's of Kubernetes, whose visible ones are links to them. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.split(sep).some((part) => part.startsWith('.')))
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => name.split(sep).join('/'));
}
