// What a person is told of a refusal, in their language, by its code: the texts refusal.<code>, and title.<code> or
// title.<refusal>. A code without a text is told in the words of the error itself, which are those for programs.
import type { Told } from '../foundation/errors.ts';
import type { Language } from './language.ts';

export function refusalText(language: Language, { code, message, values, ...told }: Told): string {
  const name = `refusal.${code}`;
  if (!language.has(name)) return message;

  const wait = language.duration((told.retryAfterSeconds ?? 0) * 1000);
  return language.say(name, { wait, ...values });
}

export function refusalTitle(
  language: Language,
  { code, refusal }: { code: string; refusal: string },
): string {
  const own = `title.${code}`;
  return language.say(language.has(own) ? own : `title.${refusal}`);
}
