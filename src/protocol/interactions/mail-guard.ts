// Whether a person asks for a mail to sign in by, where programs are kept away (BOT_GUARD). The pages with the button do not
// hold the task, since most people sign in by other ways: whoever presses it is asked on a page of its own.
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import { guardAnswerOf, type GuardFields, guardView } from '../../http/guard-form.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { languageOf } from '../../http/request-language.ts';
import { type BotGuard, isGuardRefusal } from '../../identity/bot-guard/bot-guard.ts';
import { type InteractionDeps, urlOf } from './interaction.ts';
import { frameOf } from './interaction-frame.ts';

export type MailGuardDeps = InteractionDeps & { botGuard: BotGuard };

interface Asked {
  interaction: Interaction;
  /** As typed. */
  login: string;
  answer: GuardFields;
}

/** Where it answers false, the page that asks for it is the answer. */
export async function passesMailGuard(
  deps: MailGuardDeps,
  ctx: Context,
  asked: Asked,
): Promise<boolean> {
  const answer = guardAnswerOf(asked.answer);
  try {
    await deps.botGuard.assertPassed(guardedForm(asked.interaction), answer, requestFacts(ctx));
    return true;
  } catch (error) {
    if (!isGuardRefusal(error)) throw error;
    const isAnswered = answer.solution !== '' || answer.captcha !== '';
    if (isAnswered) ctx.status = 422;
    const fault = isAnswered ? refusalText(languageOf(ctx), error) : undefined;
    await showTask(deps, ctx, { ...asked, fault });
    return false;
  }
}

const guardedForm = ({ uid }: Interaction) => `mail-code:${uid}`;

async function showTask(
  deps: MailGuardDeps,
  ctx: Context,
  { interaction, login, fault }: Asked & { fault: string | undefined },
): Promise<void> {
  render(ctx, 'interaction/mail-code', {
    ...(await frameOf(deps, ctx, interaction)),
    action: urlOf(interaction, 'mail-code'),
    login,
    fault,
    ...guardView(ctx, deps.botGuard.taskFor(guardedForm(interaction))),
  });
}
