// Pictures, for everybody who knows the URL: applications show them to their own people. They were drawn by us, and the
// headers see to it that nothing could run even so.
import { Router } from '@koa/router';
import * as z from 'zod';
import { readParams } from '../../http/input.ts';
import type { Database } from '../../storage/database.ts';
import { findPicture } from './pictures.ts';

const existing = z.object({ id: z.string().max(100) });

export function pictureRoutes(deps: { db: Database }): Router {
  const router = new Router();
  router.get('/pictures/:id', async (ctx, next) => {
    const { id } = readParams(ctx, existing);
    const picture = await findPicture(deps, id);
    if (!picture) return next();

    ctx.set({
      'Cache-Control': 'public, max-age=31536000, immutable',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cross-Origin-Resource-Policy': 'cross-origin', // applications show it
    });
    ctx.type = 'image/webp';
    ctx.body = picture;
    return undefined;
  });
  return router;
}
