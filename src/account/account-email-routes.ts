import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError } from '../foundation/errors.ts';
import type { EmailForms } from '../http/account-views.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm, readQuery } from '../http/input.ts';
import type { Language } from '../http/language.ts';
import { toMoment } from '../http/moments.ts';
import { refusalText } from '../http/refusal-texts.ts';
import { render } from '../http/render.ts';
import { requestFacts } from '../http/request-context.ts';
import { languageOf } from '../http/request-language.ts';
import {
  cancelEmailChange,
  type EmailChangeDeps,
  findPendingChange,
  type PendingChange,
  requestEmailChange,
} from '../identity/email-change/email-change.ts';
import {
  needsVerification,
  sendVerification,
  type VerificationDeps,
  verifyByCode,
} from '../identity/email-verification/email-verification.ts';
import {
  type DoorDeps,
  freshlySignedIn,
  seeOther,
  signedIn,
  type Visitor,
} from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';

export type EmailRouteDeps = DoorDeps & EmailChangeDeps & VerificationDeps;

const PATH = pathOf('email');

const plainForm = z.object({ csrf: z.string().optional() });
const changeForm = plainForm.extend({ email: z.string().max(1000).default('') });
const codeForm = plainForm.extend({ code: z.string().max(64).default('') });
const place = z.object({ sent: z.literal('verification').optional() });

/** The address that mail goes to: verifying it, and changing it. */
export function accountEmailRoutes(deps: EmailRouteDeps): Router {
  const router = new Router({ prefix: PATH });
  router.get(
    '/',
    freshlySignedIn(deps, (ctx, visitor) => show(deps, ctx, visitor)),
  );
  router.post(
    '/',
    freshlySignedIn(deps, (ctx, visitor) => takeAddress(deps, ctx, visitor)),
  );
  router.post(
    '/cancellation',
    signedIn(deps, async (ctx, { user }) => {
      assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
      await cancelEmailChange(deps, user.id, requestFacts(ctx));
      seeOther(ctx, PATH);
    }),
  );
  router.post(
    '/verification',
    signedIn(deps, async (ctx, { user }) => {
      assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
      const actor = { type: 'user', id: user.id } as const;
      if (needsVerification(user))
        await sendVerification(deps, user.id, { actor, request: requestFacts(ctx) });
      seeOther(ctx, `${PATH}?sent=verification`);
    }),
  );
  router.post(
    '/verification/code',
    signedIn(deps, (ctx, visitor) => takeCode(deps, ctx, visitor)),
  );
  return router;
}

async function takeAddress(deps: EmailRouteDeps, ctx: Context, visitor: Visitor): Promise<void> {
  const { csrf, email } = await readForm(ctx, changeForm);
  assertNotForged(ctx, csrf);
  const { user } = visitor;
  try {
    await requestEmailChange(deps, { user, typed: email }, requestFacts(ctx));
  } catch (error) {
    return again(deps, ctx, { visitor, field: 'email', typed: email, error });
  }
  seeOther(ctx, PATH);
}

async function takeCode(deps: EmailRouteDeps, ctx: Context, visitor: Visitor): Promise<void> {
  const { csrf, code } = await readForm(ctx, codeForm);
  assertNotForged(ctx, csrf);
  try {
    await verifyByCode(deps, { userId: visitor.user.id, code }, requestFacts(ctx));
  } catch (error) {
    return again(deps, ctx, { visitor, field: 'code', typed: '', error });
  }
  seeOther(ctx, PATH);
}

interface Refused {
  visitor: Visitor;
  field: 'email' | 'code';
  typed: string;
  error: unknown;
}

/** Only what the form can mend; whatever else has a page of its own. */
async function again(
  deps: EmailRouteDeps,
  ctx: Context,
  { visitor, field, typed, error }: Refused,
): Promise<void> {
  if (!(error instanceof DomainError) || error.refusal !== 'invalid') throw error;
  ctx.status = 422;
  const faults = { [field]: refusalText(languageOf(ctx), error) };
  await show(deps, ctx, { ...visitor, faults, newEmail: typed });
}

interface Page extends Visitor {
  /** By input name. */
  faults?: Record<string, string>;
  newEmail?: string;
}

async function show(
  deps: EmailRouteDeps,
  ctx: Context,
  { user, faults = {}, newEmail = '' }: Page,
): Promise<void> {
  const { sent } = readQuery(ctx, place);
  const pending = await findPendingChange(deps, user.id);
  render(ctx, 'account/email', {
    csrf: csrfToken(ctx),
    email: user.email ?? '',
    verified: user.emailVerified,
    forms: deps.mail.available
      ? {
          change: PATH,
          ...(needsVerification(user) && { verification: verificationForms(sent) }),
          pending: pending && toCard(pending, languageOf(ctx)),
          newEmail,
        }
      : undefined,
    faults,
  });
}

const verificationForms = (sent: 'verification' | undefined) => ({
  send: `${PATH}/verification`,
  code: `${PATH}/verification/code`,
  isSent: sent !== undefined,
});

function toCard(
  { newEmail, oldEmail, confirmed, expiresAt }: PendingChange,
  language: Language,
): EmailForms['pending'] {
  return {
    newEmail,
    waitingFor: [
      ...(confirmed.new ? [] : [newEmail]),
      ...(confirmed.old || oldEmail === undefined ? [] : [oldEmail]),
    ],
    expires: toMoment(expiresAt, language),
    cancel: `${PATH}/cancellation`,
  };
}
