// The `state` of the account's sign-in: the page that was wanted, and a proof that this browser asked for it. So nobody
// can have a browser answer a sign-in that it did not begin (RFC 6749 §10.12), and nothing has to be stored for it.
import { createHmac } from 'node:crypto';
import { isSameSecret } from '../foundation/secrets.ts';
import { type AccountSection, findSection } from './account-sections.ts';

interface Begun {
  /** 32 bytes, the same on every node. */
  key: Buffer;
  /** What tells the browser from others. */
  mark: string;
}

export function stateFor(begun: Begun, section: AccountSection): string {
  return `${section}.${proof(begun, section)}`;
}

/** The page to go to; nothing for a state that was not made for this browser. */
export function readState(begun: Begun, state: string): AccountSection | undefined {
  const [name, given = ''] = state.split('.', 2);
  const section = findSection(name);
  return section && isSameSecret(given, proof(begun, section)) ? section : undefined;
}

function proof({ key, mark }: Begun, section: AccountSection): string {
  return createHmac('sha256', key).update(`${section} ${mark}`).digest('base64url');
}
