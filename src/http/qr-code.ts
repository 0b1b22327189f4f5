// The doorway of the library for QR codes.
import type { Context } from 'koa';
import { renderSVG } from 'uqr';

/** Answers with an image. Black on white in light and dark alike, or not every camera reads it. */
export function sendQrCode(ctx: Context, text: string): void {
  ctx.type = 'image/svg+xml';
  ctx.body = renderSVG(text, { ecc: 'M', border: 4 });
}
