// The stylesheet, the mark and the scripts, at names that change with their content, and what a deployment adds. What is
// served is a fixed list, read once at start: nothing in a request ever becomes a file name.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { accentStylesheet, readAccentPath } from './accent-stylesheet.ts';
import type { BrandLogo } from './brand.ts';
import { NO_OWN_VIEWS, OWN_ASSET_TYPES, type OwnViews } from './own-views.ts';
import { sharedImageHeaders } from './security-headers.ts';

const TYPES = {
  'latchkey.css': 'text/css; charset=utf-8',
  'latchkey.svg': 'image/svg+xml',
  'passkey.js': 'text/javascript; charset=utf-8',
  'submit.js': 'text/javascript; charset=utf-8',
  'proof-of-work.js': 'text/javascript; charset=utf-8',
} as const;

/** Of a deployment: linked on every page, after ours. */
export const OWN_STYLESHEET = 'brand.css';

interface Asset {
  type: string;
  content: Buffer;
  /** Whether its address changes with it. */
  isPinned: boolean;
  /** An image that others show too, such as mail programs. */
  isForAll?: boolean;
}

export interface Assets {
  has: (name: string) => boolean;
  /** The path of an asset, with the hash of its content in its name. @throws TypeError when there is none */
  urlOf: (name: string) => string;
  /** Nothing without a logo of the brand's own. */
  logoUrl: string | undefined;
  /** By path. */
  all: ReadonlyMap<string, Asset>;
}

export function openAssets(own: OwnViews = NO_OWN_VIEWS, logo?: BrandLogo): Assets {
  const urls = new Map<string, string>();
  const served = new Map<string, Asset>();
  const add = (name: string, asset: Omit<Asset, 'isPinned'>) => {
    const url = hashedPath(name, asset.content);
    served.set(url, { ...asset, isPinned: true });
    return url;
  };
  for (const [name, type] of Object.entries(TYPES)) {
    const replaced = extname(name) === '.js' ? undefined : own.assets.get(name);
    urls.set(name, add(name, { type, content: replaced ?? readAsset(name) }));
  }
  for (const [name, content] of own.assets) {
    const asset = { type: OWN_ASSET_TYPES[extname(name)] ?? '', content };
    urls.set(name, add(name, asset));
    // A stylesheet names its pictures, and can't know what they hash to.
    served.set(`/assets/${name}`, { ...asset, isPinned: false });
  }
  const logoUrl = logo && add(`logo${logo.extension}`, logoAsset(logo));
  return {
    has: (name) => urls.has(name),
    urlOf: (name) => urls.get(name) ?? missing(name),
    logoUrl,
    all: served,
  };
}

/** GET /assets/…, for everybody; what has a hash in its name is kept by browsers for a year. */
export function assetRoutes(assets: Assets = openAssets()): Router {
  const router = new Router();
  router.get('/assets/:name', (ctx, next) => {
    const asset = assets.all.get(ctx.path);
    if (asset) return send(ctx, asset);

    const accent = readAccentPath(ctx.path);
    if (!accent) return next();
    const content = Buffer.from(accentStylesheet(accent));
    return send(ctx, { type: TYPES['latchkey.css'], content, isPinned: false });
  });
  return router;
}

function send(ctx: Context, { type, content, isPinned, isForAll }: Asset): void {
  if (isForAll) sharedImageHeaders(ctx);
  ctx.set(
    'Cache-Control',
    isPinned ? 'public, max-age=31536000, immutable' : 'public, max-age=3600',
  );
  ctx.type = type;
  ctx.body = content;
  if (isPinned) return;

  ctx.etag = hashOf(content);
  ctx.status = 200;
  if (ctx.fresh) ctx.status = 304;
}

function logoAsset({ content, extension }: BrandLogo): Omit<Asset, 'isPinned'> {
  return { type: OWN_ASSET_TYPES[extension] ?? '', content, isForAll: true };
}

function readAsset(name: string): Buffer {
  return readFileSync(new URL(`../../views/assets/${name}`, import.meta.url));
}

function hashedPath(name: string, content: Buffer): string {
  return `/assets/${name.replace('.', `-${hashOf(content)}.`)}`;
}

function hashOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}

function missing(name: string): never {
  throw new TypeError(`There is no asset ${name}.`);
}
