// The part of a form by which a page tells people from programs: its fields, and what the page needs for them.
import type { Context } from 'koa';
import * as z from 'zod';
import type { GuardView } from './registration-views.ts';
import { allowSources } from './security-headers.ts';

const answer = z.string().max(8192).default('');

/** Of the puzzle, and of each captcha that is spoken to alike. */
export const guardFields = {
  solution: answer,
  'cf-turnstile-response': answer,
  'h-captcha-response': answer,
  'g-recaptcha-response': answer,
};

export type GuardFields = Record<keyof typeof guardFields, string>;

export function guardAnswerOf(form: GuardFields): { solution: string; captcha: string } {
  const captcha =
    form['cf-turnstile-response'] || form['h-captcha-response'] || form['g-recaptcha-response'];
  return { solution: form.solution, captcha };
}

type Task =
  | undefined
  | { challenge: string }
  | { captcha: { siteKey: string; script: string; sources: readonly string[] } };

/** What the view needs; the page is allowed what the widget loads. */
export function guardView(ctx: Context, task: Task): { guard?: GuardView } {
  if (!task) return {};
  if ('challenge' in task) return { guard: task };

  const { siteKey, script, sources } = task.captcha;
  allowSources(ctx, sources);
  return { guard: { siteKey, script } };
}
