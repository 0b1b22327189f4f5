import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { assertNotForged, csrfToken } from '../../http/csrf.ts';
import { readForm, readQuery } from '../../http/input.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { languageOf } from '../../http/request-language.ts';
import type { PasswordStrength, StrengthMeter } from '../passwords/password-strength.ts';
import { isSetupPending } from './setup.ts';
import { completeSetup, requireSetupToken, type SetupDeps } from './setup-completion.ts';
import {
  findSetupFaults,
  type SetupFaults,
  type SetupForm,
  setupFaultsOf,
  setupForm,
} from './setup-form.ts';

const link = z.object({ token: z.string().max(100).default('') });

interface Deps extends SetupDeps {
  strengthMeter: StrengthMeter;
}

/** The one-time setup page. Whoever holds the link may use it; once setup is done its URL is not found. */
export function setupRoutes(deps: Deps): Router {
  const router = new Router({ prefix: '/setup' });

  router.get('/', async (ctx) => {
    const { token } = readQuery(ctx, link);
    await requireSetupToken(deps, token, requestFacts(ctx));
    show(deps, ctx, { token, form: NOTHING_TYPED, faults: {} });
  });

  router.post('/', async (ctx) => {
    const { token } = readQuery(ctx, link);
    const form = await readForm(ctx, setupForm);
    assertNotForged(ctx, form.csrf);
    const facts = requestFacts(ctx);
    await requireSetupToken(deps, token, facts);
    const faults = await findSetupFaults(deps, form);
    if (Object.keys(faults).length > 0) return showAgain(deps, ctx, { token, form, faults });

    const { login, email, name, password } = form;
    try {
      await completeSetup(deps, { token, login, email, name, password }, facts);
    } catch (error) {
      const refused = setupFaultsOf(error);
      if (!refused) throw error;
      return showAgain(deps, ctx, { token, form, faults: refused });
    }
    ctx.status = 303;
    ctx.redirect('/setup/done');
  });

  router.get('/done', async (ctx) => {
    if (await isSetupPending(deps)) throw notDone();
    render(ctx, 'setup/done', {});
  });

  return router;
}

const NOTHING_TYPED = { login: '', email: '', name: '' };

interface Page {
  token: string;
  form: Pick<SetupForm, 'login' | 'email' | 'name'>;
  faults: SetupFaults;
  strength?: PasswordStrength | undefined;
}

function show(
  { passwordChecks }: Deps,
  ctx: Context,
  { token, form: { login, email, name }, faults, strength }: Page,
): void {
  const language = languageOf(ctx);
  render(ctx, 'setup/form', {
    action: `/setup?token=${encodeURIComponent(token)}`,
    csrf: csrfToken(ctx),
    values: { login, email, name },
    faults: Object.fromEntries(
      Object.entries(faults).map(([field, fault]) => [field, refusalText(language, fault)]),
    ),
    minPasswordCharacters: passwordChecks.minCharacters.alone,
    strength,
  });
}

async function showAgain(deps: Deps, ctx: Context, page: Page & { form: SetupForm }) {
  const strength = await deps.strengthMeter.measure(page.form.password, page.form);
  ctx.status = 422;
  show(deps, ctx, { ...page, strength });
}

function notDone(): DomainError {
  const message =
    'This server has no administrator yet. Open the setup link that it printed in its terminal.';
  return new DomainError('not-found', 'setup_pending', message);
}
