// Being signed in at /account. The authority is the provider's own session; who has none, or needs a fresh sign-in, is
// sent through the front door like everybody: an authorization request of the built-in client. Its code is not redeemed
// (account-client.ts): what it would tell, the session says.
import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import * as z from 'zod';
import type { Config } from '../config.ts';
import type { Clock } from '../foundation/clock.ts';
import { DomainError } from '../foundation/errors.ts';
import { readUiLocales } from '../foundation/locales.ts';
import { browserMark, csrfToken } from '../http/csrf.ts';
import { readQuery } from '../http/input.ts';
import { receiveForm } from '../http/request-body.ts';
import { usePersonsLocale } from '../http/request-language.ts';
import { isSelfService } from '../identity/registration/openness.ts';
import { hasSecondFactor } from '../identity/second-factors/second-factors.ts';
import { getUser, type User } from '../identity/users/users.ts';
import { acrOf, levelOf } from '../protocol/interactions/assurance.ts';
import { ACCOUNT_CALLBACK, ACCOUNT_CLIENT_ID } from '../protocol/clients/account-client.ts';
import type { LiveProvider } from '../protocol/live-provider.ts';
import { ROUTES } from '../protocol/protocol-paths.ts';
import { type BrowserSession, findBrowserSession } from '../protocol/sessions/browser-session.ts';
import type { Database } from '../storage/database.ts';
import { findSection, pathOf } from './account-sections.ts';
import { readState, stateFor } from './sign-in-state.ts';

const FRESH_SECONDS = 10 * 60;

export interface DoorDeps {
  config: Pick<Config, 'issuer' | 'registration' | 'brandName'>;
  db: Database;
  clock: Clock;
  live: LiveProvider;
  /** 32 bytes, the same on every node. */
  accountKey: Buffer;
}

/** The person whose page it is, and the session they ask in. */
export interface Visitor {
  user: User;
  session: BrowserSession;
}

type Handler = (ctx: Context, visitor: Visitor) => Promise<void> | void;

/** For whoever is signed in; all others are led to sign in, and back to the page they wanted. */
export function signedIn(deps: DoorDeps, handle: Handler): Middleware {
  return async (ctx) => {
    await receiveForm(ctx);
    const visitor = await findVisitor(deps, ctx);
    if (!visitor) return goToSignIn(deps, ctx);

    usePersonsLocale(ctx, visitor.user.locale);
    await handle(ctx, visitor);
  };
}

/** For whoever signed in within the last ten minutes: what an unattended browser must not do. */
export function freshlySignedIn(deps: DoorDeps, handle: Handler): Middleware {
  return signedIn(deps, async (ctx, visitor) => {
    const seconds = (deps.clock.now().getTime() - visitor.session.signedInAt.getTime()) / 1000;
    if (seconds <= FRESH_SECONDS) await handle(ctx, visitor);
    else goToSignIn(deps, ctx, { prompt: 'login', login_hint: visitor.user.login });
  });
}

/**
 * The same, with two factors for whoever has two: what decides who gets in must not be changed with less than that.
 * @param isSpared who is asked for something else in their place
 */
export function stronglySignedIn(
  deps: DoorDeps,
  handle: Handler,
  isSpared: (user: User) => Promise<boolean> = () => Promise.resolve(false),
): Middleware {
  return freshlySignedIn(deps, async (ctx, visitor) => {
    const { user, session } = visitor;
    const isEnough =
      levelOf(session.acr) === 2 ||
      !(await hasSecondFactor(deps, user.id)) ||
      (await isSpared(user));
    if (isEnough) await handle(ctx, visitor);
    else goToSignIn(deps, ctx, { acr_values: acrOf(2), login_hint: user.login });
  });
}

const answered = z.object({ state: z.string().max(200), error: z.string().max(100).optional() });

/** Where the sign-in leads back to. */
export function doorRoutes(deps: DoorDeps): Router {
  const router = new Router();
  router.get(ACCOUNT_CALLBACK, (ctx) => {
    const { state, error } = readQuery(ctx, answered);
    const section = readState(begunBy(deps, ctx), state);
    if (!section) throw unknownState();
    if (error) throw notSignedIn();

    seeOther(ctx, pathOf(section));
  });
  if (isSelfService(deps.config))
    router.get('/create-account', (ctx) => goToSignIn(deps, ctx, { prompt: 'create' }));
  return router;
}

export function seeOther(ctx: Context, path: string): void {
  ctx.status = 303;
  ctx.redirect(path);
}

async function findVisitor(deps: DoorDeps, ctx: Context): Promise<Visitor | undefined> {
  const session = await findBrowserSession(deps, ctx);
  if (!session) return undefined;

  const user = await getUser(deps, session.userId);
  // Their sessions end with that, but one may have been made at the same moment.
  const isAvailable = user.disabledAt === null && user.deletionDueAt === null;
  return isAvailable ? { session, user } : undefined;
}

function goToSignIn(deps: DoorDeps, ctx: Context, more: Record<string, string> = {}): void {
  csrfToken(ctx); // gives a new browser the cookie that it is known by
  const section = findSection(ctx.path.split('/')[2]) ?? 'overview';
  const uiLocales = readUiLocales(ctx.query['ui_locales']).join(' ');
  const request = new URLSearchParams({
    client_id: ACCOUNT_CLIENT_ID,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: `${deps.config.issuer}${ACCOUNT_CALLBACK}`,
    state: stateFor(begunBy(deps, ctx), section),
    ...(uiLocales && { ui_locales: uiLocales }),
    ...more,
  });
  seeOther(ctx, `${ROUTES.authorization}?${request.toString()}`);
}

const begunBy = ({ accountKey }: DoorDeps, ctx: Context) => ({
  key: accountKey,
  mark: browserMark(ctx) ?? '',
});

function unknownState(): DomainError {
  const message =
    'This sign-in was begun in another browser, or too long ago. Open your account again.';
  return new DomainError('invalid', 'unknown_state', message);
}

function notSignedIn(): DomainError {
  const message = 'The sign-in was not completed. Open your account again to repeat it.';
  return new DomainError('unauthenticated', 'sign_in_refused', message);
}
