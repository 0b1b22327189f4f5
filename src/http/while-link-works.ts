// People come with old links all the time, and their mail's scanner came before them. What a page says then is its own.
import type { Context } from 'koa';
import { DomainError } from '../foundation/errors.ts';

/** @param sayEnded renders the page that leads to a new link, which is answered with 404 */
export async function whileLinkWorks(
  ctx: Context,
  act: () => Promise<void>,
  sayEnded: () => void,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'link_invalid') throw error;
    ctx.status = 404;
    sayEnded();
  }
}
