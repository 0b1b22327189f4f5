// The page behind a mailed link. It signs in where it was asked for and nowhere else.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { assertNotForged } from '../../http/csrf.ts';
import { readForm, readParams } from '../../http/input.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { usePersonsLocale } from '../../http/request-language.ts';
import { requireSignInLink, signInByLink } from '../../identity/mailed-sign-in/mailed-sign-in.ts';
import { whileLinkWorks } from '../../http/while-link-works.ts';
import { countSignIn } from '../../operations/metrics.ts';
import { urlOf } from './interaction.ts';
import { frameOf } from './interaction-frame.ts';
import {
  atSignIn,
  goOnAs,
  type MailedSignInRouteDeps,
  occasionOf,
} from './mailed-sign-in-steps.ts';

type Deps = MailedSignInRouteDeps;

const mailedLink = z.object({ token: z.string().max(100) });
const linkForm = z.object({ csrf: z.string().optional() });

export function addMailedLinkRoutes(router: Router, deps: Deps): void {
  router.get('/mailed-link/:token', (ctx) => showLink(deps, ctx));
  router.post('/mailed-link/:token', (ctx) => takeLink(deps, ctx));
}

/** A mail is read anywhere, and its links are followed by scanners: to look at the page does nothing. */
async function showLink(deps: Deps, ctx: Context): Promise<void> {
  const { token } = readParams(ctx, mailedLink);
  const interaction = await atLink(deps, ctx);
  if (!interaction) return;

  await whileItWorks(ctx, interaction, async () => {
    const opened = { token, occasion: occasionOf(ctx, interaction) };
    const user = await requireSignInLink(deps, opened, requestFacts(ctx));
    usePersonsLocale(ctx, user.locale);
    render(ctx, 'interaction/mailed-link', {
      ...(await frameOf(deps, ctx, interaction)),
      action: linkUrl(interaction, token),
      login: user.login,
    });
  });
}

async function takeLink(deps: Deps, ctx: Context): Promise<void> {
  const { token } = readParams(ctx, mailedLink);
  const { csrf } = await readForm(ctx, linkForm);
  assertNotForged(ctx, csrf);
  const interaction = await atSignIn(deps, ctx);
  if (!interaction) return;

  await whileItWorks(ctx, interaction, async () => {
    const opened = { token, occasion: occasionOf(ctx, interaction) };
    const user = await signInByLink(deps, opened, requestFacts(ctx));
    await goOnAs(deps, ctx, { interaction, user });
  });
}

/** In any other browser, the page says where the link works; that is nothing about the link. */
async function atLink(deps: Deps, ctx: Context): Promise<Interaction | undefined> {
  try {
    return await atSignIn(deps, ctx);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'interaction_not_found') throw error;
    render(ctx, 'interaction/mailed-link-elsewhere', {});
    return undefined;
  }
}

const whileItWorks = (
  ctx: Context,
  interaction: Interaction,
  act: () => Promise<void>,
): Promise<void> =>
  whileLinkWorks(ctx, act, () => {
    if (ctx.method === 'POST') countSignIn('failed');
    render(ctx, 'recovery/ended', { again: urlOf(interaction, 'login') });
  });

const linkUrl = (interaction: Interaction, token: string) =>
  `${urlOf(interaction, 'mailed-link')}/${encodeURIComponent(token)}`;
