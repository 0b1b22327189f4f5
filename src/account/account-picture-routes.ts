import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError, type Told } from '../foundation/errors.ts';
import { assertNotForged } from '../http/csrf.ts';
import { readForm, readUpload } from '../http/input.ts';
import { MAX_PICTURE_BYTES } from '../identity/pictures/picture-drawing.ts';
import { type PictureDeps, removePicture, setPicture } from '../identity/pictures/pictures.ts';
import { seeOther, signedIn, type Visitor } from './account-door-routes.ts';
import { type ProfileRouteDeps, showProfile } from './account-profile-routes.ts';
import { pathOf } from './account-sections.ts';

export type PictureRouteDeps = ProfileRouteDeps & PictureDeps;

const PATH = `${pathOf('profile')}/picture`;
const MEGABYTE = 1024 * 1024;

const plainForm = z.object({ csrf: z.string().optional() });

/** The picture on the profile's page, which has forms of its own. */
export function accountPictureRoutes(deps: PictureRouteDeps): Router {
  const router = new Router({ prefix: PATH });
  router.post(
    '/',
    signedIn(deps, (ctx, visitor) => takePicture(deps, ctx, visitor)),
  );
  router.post(
    '/removal',
    signedIn(deps, async (ctx, { user }) => {
      assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
      await removePicture(deps, user.id);
      seeOther(ctx, pathOf('profile'));
    }),
  );
  return router;
}

async function takePicture(deps: PictureRouteDeps, ctx: Context, { user }: Visitor) {
  try {
    const limits = { file: 'picture', maxBytes: MAX_PICTURE_BYTES };
    const { form, file } = await readUpload(ctx, plainForm, limits);
    assertNotForged(ctx, form.csrf);
    if (!file) throw new DomainError('invalid', 'picture_missing', 'Choose a picture.');
    await setPicture(deps, user.id, file);
  } catch (error) {
    const [status, fault] = faultOf(error) ?? [];
    if (!fault) throw error;
    ctx.status = status ?? 422;
    return showProfile(deps, ctx, { user, faults: { picture: fault } });
  }
  seeOther(ctx, pathOf('profile'));
}

/** How the page tells what another picture mends; nothing for whatever else went wrong. */
function faultOf(error: unknown): [status: number, fault: Told] | undefined {
  if (!(error instanceof DomainError)) return undefined;
  if (error.code === 'body_too_large') return [413, TOO_LARGE];
  return error.code.startsWith('picture_') ? [422, error] : undefined;
}

const TOO_LARGE: Told = {
  code: 'picture_too_large',
  message: 'This picture is too large.',
  values: { megabytes: MAX_PICTURE_BYTES / MEGABYTE },
};
