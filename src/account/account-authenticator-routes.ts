import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError } from '../foundation/errors.ts';
import { newSecret } from '../foundation/secrets.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm, readQuery } from '../http/input.ts';
import { toMoment } from '../http/moments.ts';
import { sendQrCode } from '../http/qr-code.ts';
import { refusalText } from '../http/refusal-texts.ts';
import { render } from '../http/render.ts';
import { requestFacts } from '../http/request-context.ts';
import { languageOf } from '../http/request-language.ts';
import {
  addAuthenticator,
  offeredSeed,
  replaceAuthenticator,
} from '../identity/second-factors/enrolment.ts';
import { readOwnFactors, removeAuthenticator } from '../identity/second-factors/own-factors.ts';
import {
  listSecondFactors,
  type SecondFactorDeps,
} from '../identity/second-factors/second-factors.ts';
import { otpauthUri } from '../identity/second-factors/totp-code.ts';
import { type DoorDeps, seeOther, stronglySignedIn, type Visitor } from './account-door-routes.ts';
import { showNewCodes } from './account-recovery-code-routes.ts';
import { pathOf } from './account-sections.ts';

export type AuthenticatorRouteDeps = DoorDeps & SecondFactorDeps;
type Deps = AuthenticatorRouteDeps;
type Handler = Parameters<typeof stronglySignedIn>[1];

const PATH = pathOf('authenticator');

/** Names one offer of a seed: the page, its image and its form speak of the same one. */
const occasionField = z.string().regex(/^[\w-]{43}$/);
const plainForm = z.object({ csrf: z.string().optional() });
const codeForm = plainForm.extend({
  occasion: occasionField,
  code: z.string().max(64).default(''),
});
const image = z.object({ occasion: occasionField });

/** The person's authenticator app: set up, moved to another one, removed. */
export function accountAuthenticatorRoutes(deps: Deps): Router {
  const router = new Router({ prefix: PATH });
  const get = (path: string, handle: Handler) => router.get(path, stronglySignedIn(deps, handle));
  const post = (path: string, handle: Handler) => router.post(path, stronglySignedIn(deps, handle));

  get('/', (ctx, visitor) => show(deps, ctx, visitor));
  post('/', (ctx, visitor) => takeCode(deps, ctx, { visitor, way: 'set-up' }));
  get('/qr-code', (ctx, visitor) => showQrCode(deps, ctx, visitor));
  get('/replacement', (ctx, visitor) => offer(deps, ctx, { visitor, way: 'replacement' }));
  post('/replacement', (ctx, visitor) => takeCode(deps, ctx, { visitor, way: 'replacement' }));
  get('/removal', async (ctx, { user }) => {
    const { passkey: passkeyStays } = await listSecondFactors(deps, user.id);
    const form = { action: `${PATH}/removal`, csrf: csrfToken(ctx), back: PATH };
    render(ctx, 'account/authenticator-removal', { ...form, passkeyStays });
  });
  post('/removal', async (ctx, { user }) => {
    assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
    await deps.rateLimits.consume('factorChanges', user.id);
    await removeAuthenticator(deps, user.id, requestFacts(ctx));
    seeOther(ctx, PATH);
  });
  return router;
}

async function show(deps: Deps, ctx: Context, visitor: Visitor): Promise<void> {
  const { authenticatorSince: since, codesLeft } = await readOwnFactors(deps, visitor.user.id);
  if (!since) return offer(deps, ctx, { visitor, way: 'set-up' });
  render(ctx, 'account/authenticator', { since: toMoment(since, languageOf(ctx)), codesLeft });
}

const WAYS = {
  'set-up': { action: PATH, enrol: addAuthenticator },
  replacement: { action: `${PATH}/replacement`, enrol: replaceAuthenticator },
} as const;

interface Offer {
  visitor: Visitor;
  way: keyof typeof WAYS;
  /** When a code of it was refused, with why. */
  occasion?: string;
  error?: DomainError;
}

function offer(
  deps: Deps,
  ctx: Context,
  { visitor: { user }, way, occasion = newSecret(), error }: Offer,
): void {
  if (error) ctx.status = 401;
  const seed = offeredSeed(deps, { userId: user.id, occasion: ownOccasion(occasion) });
  render(ctx, 'account/authenticator-set-up', {
    action: WAYS[way].action,
    csrf: csrfToken(ctx),
    occasion,
    qrCode: `${PATH}/qr-code?occasion=${occasion}`,
    key: (seed.match(/.{1,4}/g) ?? []).join(' '),
    replaces: way === 'replacement',
    fault: error && refusalText(languageOf(ctx), error),
  });
}

function showQrCode(deps: Deps, ctx: Context, { user }: Visitor): void {
  const { occasion } = readQuery(ctx, image);
  const seed = offeredSeed(deps, { userId: user.id, occasion: ownOccasion(occasion) });
  const { brandName: issuer } = deps.config;
  sendQrCode(ctx, otpauthUri(seed, { issuer, account: user.login }));
}

async function takeCode(deps: Deps, ctx: Context, { visitor, way }: Offer): Promise<void> {
  const { csrf, occasion, code } = await readForm(ctx, codeForm);
  assertNotForged(ctx, csrf);
  const { user } = visitor;
  await deps.rateLimits.consume('factorChanges', user.id);
  const typed = { userId: user.id, occasion: ownOccasion(occasion), code };
  try {
    const codes = await WAYS[way].enrol(deps, typed, requestFacts(ctx));
    showNewCodes(ctx, codes);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    // Another tab was faster: there is one now.
    if (error.refusal === 'conflict') return seeOther(ctx, PATH);
    if (error.refusal !== 'unauthenticated') throw error;
    offer(deps, ctx, { visitor, way, occasion, error });
  }
}

/** So that no seed of a sign-in's page comes out here. */
const ownOccasion = (occasion: string) => `account ${occasion}`;
