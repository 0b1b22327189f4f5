// Where a sign-in can't go on: its time is over, it was finished or cancelled (the Back button leads here), or this is
// not the browser that began it. The page says which, and leads on: to the application, where that is known.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { begunSignIns } from '../../http/begun-sign-ins.ts';
import { readParams } from '../../http/input.ts';
import { render } from '../../http/render.ts';
import { languageOf } from '../../http/request-language.ts';
import { safeUrl } from '../../http/views.ts';
import { ACCOUNT_CLIENT_ID } from '../clients/account-client.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import { findBrowserSession } from '../sessions/browser-session.ts';
import { findInteraction } from '../state/open-interaction.ts';
import { toClientCard } from './client-card.ts';
import type { InteractionDeps } from './interaction.ts';
import { type Ending, endingOf } from './sign-in-ending.ts';

const named = z.object({ uid: z.string().regex(/^[\w-]{1,64}$/) });

export function addInterruptedRoutes(router: Router, deps: InteractionDeps): void {
  router.get('/interrupted', (ctx) => showInterrupted(deps, ctx));
}

/** Also in place of every page of a sign-in that is not there. */
export async function showInterrupted(deps: InteractionDeps, ctx: Context): Promise<void> {
  const { uid } = readParams(ctx, named);
  const { ending, clientId } = await remainsOf(deps, ctx, uid);
  const client = await deps.registry.find(clientId);

  ctx.status = 404;
  render(ctx, 'interaction/interrupted', {
    ...wordsOf(ctx, ending),
    isDone: ending === 'done',
    account: ending === 'done' && client?.id !== ACCOUNT_CLIENT_ID,
    client: client && toClientCard(client, languageOf(ctx)),
    again: client && placeToBegin(deps, client),
  });
}

async function remainsOf(deps: InteractionDeps, ctx: Context, uid: string) {
  const stored = await findInteraction(deps, uid);
  const begun = begunSignIns(ctx).find((one) => one.uid === uid);
  const isSignedIn = (await findBrowserSession(deps, ctx)) !== undefined;
  return {
    ending: endingOf({ stored, isKnown: begun !== undefined, isSignedIn }),
    clientId: stored?.clientId ?? begun?.clientId ?? '',
  };
}

function wordsOf(ctx: Context, ending: Ending) {
  const { say } = languageOf(ctx);
  return {
    title: say(`interrupted.${ending}.title`),
    message: say(`interrupted.${ending}.message`),
  };
}

/**
 * Nothing, where the application has not said: then its own pages are all there is to lead to. Nobody here vouches for
 * what a dynamic registration says.
 */
function placeToBegin({ config }: InteractionDeps, client: RegisteredClient): string | undefined {
  if (client.id === ACCOUNT_CLIENT_ID) return '/account';
  const { initiateLoginUri, dynamicallyRegistered } = client;
  if (initiateLoginUri === undefined || dynamicallyRegistered) return undefined;

  const url = URL.parse(initiateLoginUri);
  url?.searchParams.set('iss', config.issuer); // OpenID Connect Core §4
  return url ? safeUrl(url.href) : undefined;
}
