import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { browserName } from '../foundation/browser-name.ts';
import { DomainError } from '../foundation/errors.ts';
import type { PasskeyCard } from '../http/account-views.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm, readParams } from '../http/input.ts';
import { toMoment } from '../http/moments.ts';
import { refusalText } from '../http/refusal-texts.ts';
import { render } from '../http/render.ts';
import { requestFacts } from '../http/request-context.ts';
import { languageOf } from '../http/request-language.ts';
import { allowOwnRequests } from '../http/security-headers.ts';
import {
  listOwnPasskeys,
  type OwnPasskey,
  removePasskey,
  renamePasskey,
} from '../identity/passkeys/own-passkeys.ts';
import { attestationField } from '../identity/passkeys/passkey-answer.ts';
import {
  addPasskey,
  enrolmentOptions,
  type PasskeyEnrolmentDeps,
} from '../identity/passkeys/passkey-enrolment.ts';
import type { RateLimits } from '../operations/rate-limiter.ts';
import { type DoorDeps, seeOther, stronglySignedIn, type Visitor } from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';

export type AccountPasskeyRouteDeps = DoorDeps &
  PasskeyEnrolmentDeps & { rateLimits: Pick<RateLimits, 'consume'> };
type Deps = AccountPasskeyRouteDeps;

const PATH = pathOf('passkeys');

const newPasskey = z.object({ csrf: z.string().optional(), credential: attestationField });
const newName = z.object({ csrf: z.string().optional(), name: z.string().max(1000).default('') });
const plainForm = z.object({ csrf: z.string().optional() });
const existing = z.object({ id: z.uuid() });

/** The person's passkeys, one more, another name for one, and one less. */
export function accountPasskeyRoutes(deps: Deps): Router {
  const router = new Router({ prefix: PATH });
  router.get(
    '/',
    stronglySignedIn(deps, (ctx, visitor) => show(deps, ctx, visitor)),
  );
  router.get(
    '/options',
    stronglySignedIn(deps, async (ctx, { user, session }) => {
      ctx.body = await enrolmentOptions(deps, { user, place: session.uid });
    }),
  );
  router.post(
    '/',
    stronglySignedIn(deps, (ctx, visitor) => takePasskey(deps, ctx, visitor)),
  );
  router.post(
    '/:id/name',
    stronglySignedIn(deps, (ctx, visitor) => takeName(deps, ctx, visitor)),
  );
  router.post(
    '/:id/removal',
    stronglySignedIn(deps, (ctx, visitor) => takeRemoval(deps, ctx, visitor)),
  );
  return router;
}

async function takePasskey(deps: Deps, ctx: Context, visitor: Visitor): Promise<void> {
  const { csrf, credential: answer } = await readForm(ctx, newPasskey);
  assertNotForged(ctx, csrf);
  const { user, session } = visitor;
  await deps.rateLimits.consume('factorChanges', user.id);
  const browser = browserName(ctx.get('user-agent'));
  try {
    const version = user.credentialsVersion;
    const request = { user, place: session.uid, answer, browser, version };
    const { recoveryCodes: codes } = await addPasskey(deps, request, requestFacts(ctx));
    // They are shown by the answer itself: nothing would keep them until another page.
    if (codes.length > 0) render(ctx, 'account/passkey-added', { back: PATH, codes });
    else seeOther(ctx, PATH);
  } catch (error) {
    await showFault(deps, ctx, { visitor, error });
  }
}

async function takeName(deps: Deps, ctx: Context, visitor: Visitor): Promise<void> {
  const { id } = readParams(ctx, existing);
  const { csrf, name } = await readForm(ctx, newName);
  assertNotForged(ctx, csrf);
  try {
    await renamePasskey(deps, { userId: visitor.user.id, id, name }, requestFacts(ctx));
    seeOther(ctx, PATH);
  } catch (error) {
    await showFault(deps, ctx, { visitor, error, renamed: { id, name } });
  }
}

async function takeRemoval(deps: Deps, ctx: Context, visitor: Visitor): Promise<void> {
  const { id } = readParams(ctx, existing);
  assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
  await deps.rateLimits.consume('factorChanges', visitor.user.id);
  try {
    await removePasskey(deps, { userId: visitor.user.id, id }, requestFacts(ctx));
    seeOther(ctx, PATH);
  } catch (error) {
    await showFault(deps, ctx, { visitor, error });
  }
}

interface Renamed {
  id: string;
  /** As typed. */
  name: string;
}

interface Fault {
  visitor: Visitor;
  error: unknown;
  renamed?: Renamed;
}

/** What the person can do something about is told on the page; for the rest there are pages of their own. */
async function showFault(deps: Deps, ctx: Context, { visitor, error, renamed }: Fault) {
  const isTold = error instanceof DomainError && error.refusal !== 'not-found';
  if (!isTold) throw error;
  ctx.status = 422;
  await show(deps, ctx, { ...visitor, fault: error, renamed });
}

type Shown = Pick<Visitor, 'user'> & { fault?: DomainError; renamed?: Renamed | undefined };

async function show(deps: Deps, ctx: Context, { user, fault, renamed }: Shown): Promise<void> {
  const passkeys = await listOwnPasskeys(deps, user.id);
  const told = fault && refusalText(languageOf(ctx), fault);
  allowOwnRequests(ctx);
  render(ctx, 'account/passkeys', {
    action: PATH,
    options: `${PATH}/options`,
    csrf: csrfToken(ctx),
    passkeys: passkeys.map((passkey) => ({
      ...toCard(ctx, passkey),
      ...(renamed?.id === passkey.id && { name: renamed.name, fault: told }),
    })),
    fault: renamed ? undefined : told,
  });
}

function toCard(ctx: Context, passkey: OwnPasskey): PasskeyCard {
  const { id, name, createdAt, lastUsedAt, synced } = passkey;
  const language = languageOf(ctx);
  return {
    id: `passkey-${id}`,
    name,
    title: name,
    synced,
    added: toMoment(createdAt, language),
    lastUsed: lastUsedAt ? toMoment(lastUsedAt, language) : undefined,
    renameAction: `${PATH}/${id}/name`,
    removeAction: `${PATH}/${id}/removal`,
  };
}
