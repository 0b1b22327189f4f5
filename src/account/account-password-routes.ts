import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError, type Told } from '../foundation/errors.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm, readQuery } from '../http/input.ts';
import { refusalText } from '../http/refusal-texts.ts';
import { render } from '../http/render.ts';
import { requestFacts } from '../http/request-context.ts';
import { languageOf } from '../http/request-language.ts';
import { passwordUseOf } from '../identity/second-factors/second-factors.ts';
import { hasPassword } from '../identity/users/credentials.ts';
import {
  changePassword,
  chooseFirstPassword,
  type PasswordChangeDeps,
} from '../identity/users/password-change.ts';
import {
  type DoorDeps,
  seeOther,
  signedIn,
  stronglySignedIn,
  type Visitor,
} from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';

export type PasswordRouteDeps = DoorDeps & PasswordChangeDeps;

const PATH = pathOf('password');

const passwordForm = z.object({
  csrf: z.string().optional(),
  current: z.string().max(4096).default(''),
  password: z.string().max(4096).default(''),
  passwordAgain: z.string().max(4096).default(''),
  endOthers: z
    .literal('yes')
    .optional()
    .transform((box) => box === 'yes'),
});

type PasswordForm = z.output<typeof passwordForm>;

const done = z.object({ others: z.enum(['ended', 'kept']).default('kept') });

/** A new password in place of the present one, or a first one: then there is none to ask for. */
export function accountPasswordRoutes(deps: PasswordRouteDeps): Router {
  const router = new Router({ prefix: PATH });
  const isAsked = (user: Visitor['user']) => hasPassword(deps, user);
  router.get(
    '/',
    stronglySignedIn(deps, (ctx, { user }) => show(deps, ctx, { user, endOthers: true }), isAsked),
  );
  router.post(
    '/',
    stronglySignedIn(deps, (ctx, visitor) => takePassword(deps, ctx, visitor), isAsked),
  );
  router.get(
    '/done',
    signedIn(deps, (ctx) => {
      const { others } = readQuery(ctx, done);
      render(ctx, 'account/password-done', { endedOthers: others === 'ended' });
    }),
  );
  return router;
}

async function takePassword(deps: PasswordRouteDeps, ctx: Context, { user, session }: Visitor) {
  const form = await readForm(ctx, passwordForm);
  assertNotForged(ctx, form.csrf);
  const { endOthers } = form;
  const again = (faults: Faults) => {
    ctx.status = 422;
    return show(deps, ctx, { user, endOthers, faults });
  };
  const isFirst = !(await hasPassword(deps, user));
  const missing = findMissing(form, { isFirst });
  if (Object.keys(missing).length > 0) return again(missing);

  const keep = endOthers
    ? { sessionUid: session.uid, grantIds: session.grantIds }
    : ('everything' as const);
  const { current, password } = form;
  try {
    if (isFirst) await chooseFirstPassword(deps, { user, password, keep });
    else await changePassword(deps, { user, current, password, keep }, requestFacts(ctx));
  } catch (error) {
    const faults = faultsOf(error);
    if (!faults) throw error;
    return again(faults);
  }
  seeOther(ctx, `${PATH}/done?others=${endOthers ? 'ended' : 'kept'}`);
}

/** By input name. */
type Faults = Record<string, Told>;

const DIFFERS = { code: 'password_differs', message: 'This is not the same password.' };
const NO_PASSWORD = { code: 'password_missing', message: 'Choose a password.' };
const NO_CURRENT = { code: 'current_missing', message: 'Type your present password.' };

function findMissing(
  { current, password, passwordAgain }: PasswordForm,
  { isFirst }: { isFirst: boolean },
): Faults {
  return {
    ...(password !== passwordAgain && { passwordAgain: DIFFERS }),
    ...(password === '' && { password: NO_PASSWORD }),
    ...(current === '' && !isFirst && { current: NO_CURRENT }),
  };
}

/** Nothing for what the form can't mend. */
function faultsOf(error: unknown): Faults | undefined {
  if (!(error instanceof DomainError)) return undefined;
  if (error.refusal === 'unauthenticated') return { current: error };
  return error.code.startsWith('password_') && error.refusal === 'invalid'
    ? { password: error }
    : undefined;
}

interface Page {
  user: Visitor['user'];
  endOthers: boolean;
  faults?: Faults;
}

async function show(
  deps: PasswordRouteDeps,
  ctx: Context,
  { user, endOthers, faults = {} }: Page,
): Promise<void> {
  const language = languageOf(ctx);
  const use = await passwordUseOf(deps, user.id);
  render(ctx, 'account/password', {
    action: PATH,
    csrf: csrfToken(ctx),
    login: user.login,
    isFirst: !(await hasPassword(deps, user)),
    faults: Object.fromEntries(
      Object.entries(faults).map(([name, fault]) => [name, refusalText(language, fault)]),
    ),
    endOthers,
    minPasswordCharacters: deps.passwordChecks.minCharacters[use],
  });
}
