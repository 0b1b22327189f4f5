// The page for whoever signs in to an account that is about to be deleted. It is shown when everything is proved, and
// nobody is let in before they keep the account.
import type { Router } from '@koa/router';
import * as z from 'zod';
import { assertNotForged, browserMark } from '../../http/csrf.ts';
import { readForm } from '../../http/input.ts';
import { toMoment } from '../../http/moments.ts';
import { render } from '../../http/render.ts';
import { languageOf } from '../../http/request-language.ts';
import type { VerificationDeps } from '../../identity/email-verification/email-verification.ts';
import type { SecondFactorDeps } from '../../identity/second-factors/second-factors.ts';
import type { DeletionDeps } from '../../identity/users/account-deletion.ts';
import { findProfile } from '../accounts/account-claims.ts';
import { at, goTo } from './due-step.ts';
import { type InteractionDeps, urlOf } from './interaction.ts';
import { personsFrameOf } from './interaction-frame.ts';
import { keepOwnAccount, proverOf } from './sign-in-steps.ts';

export type KeepAccountRouteDeps = InteractionDeps &
  SecondFactorDeps &
  VerificationDeps &
  DeletionDeps;

const plainForm = z.object({ csrf: z.string().optional() });

export function addKeepAccountRoutes(router: Router, deps: KeepAccountRouteDeps): void {
  router.get('/keep-account', async (ctx) => {
    const interaction = await at(deps, ctx, 'keep-account');
    if (!interaction) return;
    const frame = await personsFrameOf(deps, ctx, interaction);
    const dueAt = (await findProfile(deps.db, proverOf(interaction)))?.deletionDueAt;
    render(ctx, 'interaction/keep-account', {
      ...frame,
      action: urlOf(interaction, 'keep-account'),
      due: dueAt ? toMoment(dueAt, languageOf(ctx)) : undefined,
    });
  });
  router.post('/keep-account', async (ctx) => {
    assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
    const interaction = await at(deps, ctx, 'keep-account');
    if (interaction) goTo(ctx, await keepOwnAccount(deps, interaction, browserMark(ctx)));
  });
}
