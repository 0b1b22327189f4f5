import { partsOfBrowserName } from '../foundation/browser-name.ts';
import type { Language } from '../http/language.ts';

/** What is kept of a browser, in the reader's language. */
export function browserWords(name: string | undefined, { say }: Language): string {
  if (name === undefined) return say('account.sessions.browser-unknown');
  const { browser, system } = partsOfBrowserName(name);
  return system === undefined ? browser : say('account.sessions.browser', { browser, system });
}
