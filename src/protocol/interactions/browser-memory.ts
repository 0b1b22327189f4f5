// What the steps of a sign-in ask and tell the browser: whether it is asked for a second factor. Both cookies are read
// and written here, so that the pages need not know of them.
import type { Context } from 'koa';
import { browserName } from '../../foundation/browser-name.ts';
import { type DeviceCookieDeps, deviceMarks, rememberDevice } from '../../http/device-cookie.ts';
import { keepRememberedToken, rememberedTokens } from '../../http/remembered-cookie.ts';
import { requestFacts } from '../../http/request-context.ts';
import {
  isBrowserRemembered,
  rememberBrowser,
  type RememberedBrowserDeps,
} from '../../identity/remembered-browsers/remembered-browsers.ts';

export type BrowserMemoryDeps = RememberedBrowserDeps & DeviceCookieDeps;

/** Ask it when the person has proved the first factor, and before the browser's mark is renewed. */
export async function isRemembered(
  deps: BrowserMemoryDeps,
  ctx: Context,
  userId: string,
): Promise<boolean> {
  const mark = deviceMarks(deps, ctx)(userId);
  if (mark === undefined) return false;

  const shown = { userId, mark, tokens: rememberedTokens(deps, ctx) };
  return isBrowserRemembered(deps, shown, requestFacts(ctx));
}

/** Call it when the person has proved both factors, and said so. */
export async function remember(
  deps: BrowserMemoryDeps,
  ctx: Context,
  userId: string,
): Promise<void> {
  const mark = rememberDevice(deps, ctx, userId);
  const browser = browserName(ctx.get('user-agent'));
  const token = await rememberBrowser(deps, { userId, mark, browser }, requestFacts(ctx));
  keepRememberedToken(deps, ctx, token);
}
