// The stylesheet, the mark and the scripts, at names that change with their content. What is served is a fixed list, read once
// at start: nothing in a request ever becomes a file name.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Router } from '@koa/router';

const TYPES = {
  'latchkey.css': 'text/css; charset=utf-8',
  'latchkey.svg': 'image/svg+xml',
  'passkey.js': 'text/javascript; charset=utf-8',
  'submit.js': 'text/javascript; charset=utf-8',
  'proof-of-work.js': 'text/javascript; charset=utf-8',
} as const;

type AssetName = keyof typeof TYPES;

const urls = new Map<string, string>();
const assets = new Map(Object.entries(TYPES).map(([name, type]) => readAsset(name, type)));

/** The path of an asset, with the hash of its content in its name. */
export function assetUrl(name: AssetName): string {
  const url = urls.get(name);
  if (!url) throw new TypeError(`There is no asset ${name}.`);
  return url;
}

/** GET /assets/…, for everybody, kept by browsers for a year. */
export function assetRoutes(): Router {
  const router = new Router();
  router.get('/assets/:name', (ctx, next) => {
    const asset = assets.get(ctx.path);
    if (!asset) return next();

    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    ctx.type = asset.type;
    ctx.body = asset.content;
    return undefined;
  });
  return router;
}

function readAsset(name: string, type: string) {
  const content = readFileSync(new URL(`../../views/assets/${name}`, import.meta.url));
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const url = `/assets/${name.replace('.', `-${hash}.`)}`;
  urls.set(name, url);
  return [url, { type, content }] as const;
}
