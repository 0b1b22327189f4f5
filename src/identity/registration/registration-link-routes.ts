// The page behind the link of a registration. Looking at it uses nothing up: scanners of mail follow links.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { assertNotForged, browserMark, csrfToken } from '../../http/csrf.ts';
import { readForm, readParams } from '../../http/input.ts';
import { rememberedSignIn } from '../../http/interrupted-sign-in.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { languageOf, usePersonsLocale } from '../../http/request-language.ts';
import { confirmByLink, needsPassword, requirePending } from './registration-completion.ts';
import type { PendingRegistration, RegistrationDeps } from './registration.ts';

interface Deps extends RegistrationDeps {
  /** Whether the sign-in that a person came from still waits for them. */
  isInteractionOpen: (uid: string) => Promise<boolean>;
}

const mailedLink = z.object({ token: z.string().max(100) });

const confirmation = z.object({
  csrf: z.string().optional(),
  password: z.string().max(4096).default(''),
});

/** Whoever holds the link may look; what it takes to use it, registration-completion.ts says. */
export function registrationLinkRoutes(deps: Deps): Router {
  const router = new Router({ prefix: '/create-account' });

  router.get('/done', (ctx) => render(ctx, 'create-account/done', {}));
  router.get('/:token', async (ctx) => {
    const pending = await pendingOf(deps, ctx);
    if (pending.confirmedAt) return goOn(deps, ctx, pending);
    return show(ctx, { pending });
  });
  router.post('/:token', (ctx) => takeConfirmation(deps, ctx));
  return router;
}

function pendingOf(deps: Deps, ctx: Context): Promise<PendingRegistration> {
  const { token } = readParams(ctx, mailedLink);
  return requirePending(deps, token, requestFacts(ctx));
}

async function takeConfirmation(deps: Deps, ctx: Context): Promise<void> {
  const { csrf, password } = await readForm(ctx, confirmation);
  assertNotForged(ctx, csrf);
  const pending = await pendingOf(deps, ctx);
  const link = { pending, browserMark: browserMark(ctx), password };
  try {
    await confirmByLink(deps, link, requestFacts(ctx));
  } catch (error) {
    if (!(error instanceof DomainError) || !FAULTS.has(error.code)) throw error;
    ctx.status = 422;
    return show(ctx, { pending, fault: error });
  }
  await goOn(deps, ctx, pending);
}

const FAULTS = new Set(['password_unlike', 'account_exists']);

interface Page {
  pending: PendingRegistration;
  fault?: DomainError;
}

function show(ctx: Context, { pending, fault }: Page): void {
  usePersonsLocale(ctx, pending.locale);
  render(ctx, 'create-account/confirm', {
    action: ctx.path,
    csrf: csrfToken(ctx),
    email: pending.email,
    asksPassword: needsPassword({ pending, browserMark: browserMark(ctx) }),
    fault: fault && refusalText(languageOf(ctx), fault),
  });
}

/** In the browser that began, with what it began for. */
async function goOn(deps: Deps, ctx: Context, pending: PendingRegistration): Promise<void> {
  const isHere = !needsPassword({ pending, browserMark: browserMark(ctx) });
  const uid = isHere ? rememberedSignIn(ctx) : undefined;
  const isOpen = uid !== undefined && (await deps.isInteractionOpen(uid));
  ctx.status = 303;
  ctx.redirect(isOpen ? `/interaction/${uid}` : '/create-account/done');
}
