// What a person is told of a refusal, in their language, by its code: the texts refusal.<code>, and title.<code> or
// title.<refusal>. A code without a text is told in the words of the error itself, which are those for programs.
import type { Told } from '../foundation/errors.ts';
import type { Language } from './language.ts';

export function refusalText(language: Language, { code, message, values, ...told }: Told): string {
  const name = `refusal.${code}`;
  if (!language.has(name)) return message;

  const wait = waitText(language, told.retryAfterSeconds ?? 0);
  return language.say(name, { wait, ...values });
}

/** The first delays are of seconds, and whoever mistyped must not take them for a minute. */
function waitText({ period, duration }: Language, seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  return whole < 60 ? period(whole) : duration(whole * 1000);
}

export function refusalTitle(
  language: Language,
  { code, refusal }: { code: string; refusal: string },
): string {
  const own = `title.${code}`;
  return language.say(language.has(own) ? own : `title.${refusal}`);
}
