import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { assertNotForged, csrfToken } from '../../http/csrf.ts';
import { readForm, readQuery } from '../../http/input.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { MIN_PASSWORD_CHARACTERS } from '../passwords/password-policy.ts';
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

/** The one-time setup page. Whoever holds the link may use it; once setup is done its URL is not found. */
export function setupRoutes(deps: SetupDeps): Router {
  const router = new Router({ prefix: '/setup' });

  router.get('/', async (ctx) => {
    const { token } = readQuery(ctx, link);
    await requireSetupToken(deps, token, requestFacts(ctx));
    show(ctx, token, { values: { login: '', email: '', name: '' }, faults: {} });
  });

  router.post('/', async (ctx) => {
    const { token } = readQuery(ctx, link);
    const form = await readForm(ctx, setupForm);
    assertNotForged(ctx, form.csrf);
    const facts = requestFacts(ctx);
    await requireSetupToken(deps, token, facts);
    const faults = findSetupFaults(form);
    if (Object.keys(faults).length > 0) return showAgain(ctx, token, { form, faults });

    const { login, email, name, password } = form;
    try {
      await completeSetup(deps, { token, login, email, name, password }, facts);
    } catch (error) {
      const refused = setupFaultsOf(error);
      if (!refused) throw error;
      return showAgain(ctx, token, { form, faults: refused });
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

interface Page {
  values: Pick<SetupForm, 'login' | 'email' | 'name'>;
  faults: SetupFaults;
}

function show(ctx: Context, token: string, { values, faults }: Page): void {
  const action = `/setup?token=${encodeURIComponent(token)}`;
  render(ctx, 'setup/form', {
    action,
    csrf: csrfToken(ctx),
    values,
    faults,
    minPasswordCharacters: MIN_PASSWORD_CHARACTERS,
  });
}

function showAgain(
  ctx: Context,
  token: string,
  { form: { login, email, name }, faults }: { form: SetupForm; faults: Page['faults'] },
): void {
  ctx.status = 422;
  show(ctx, token, { values: { login, email, name }, faults });
}

function notDone(): DomainError {
  const message =
    'This server has no administrator yet. Open the setup link that it printed in its terminal.';
  return new DomainError('not-found', 'setup_pending', message);
}
