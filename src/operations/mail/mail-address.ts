// Addresses on their way into a header: one address, nothing that ends a line or begins a second recipient.
import type { Config } from '../../config.ts';
import { DomainError } from '../../foundation/errors.ts';

const MAX_CHARACTERS = 254; // RFC 5321 §4.5.3.1.3, without the brackets
const ONE_ADDRESS = /^[^\s\p{C}<>()[\]\\,;:"@]{1,64}@[^\s\p{C}<>()[\]\\,;:"@]+$/u;

/** @throws DomainError `invalid` `mail_address_malformed` */
export function assertMailAddress(text: string): void {
  if (text.length <= MAX_CHARACTERS && ONE_ADDRESS.test(text)) return;

  throw new DomainError('invalid', 'mail_address_malformed', 'This is not a mail address.');
}

export interface Sender {
  name: string;
  address: string;
}

/**
 * What MAIL_FROM says, an address alone under the brand's name; without it, an address at the issuer's host, which the
 * mailbox page shows.
 */
export function readSender({
  mailFrom,
  issuer,
  brandName,
}: Pick<Config, 'mailFrom' | 'issuer' | 'brandName'>): Sender {
  const text = mailFrom ?? `no-reply@${new URL(issuer).hostname}`;
  const [, name = brandName, address = text] = /^(.+) <(.+)>$/.exec(text) ?? [];
  return { name, address };
}
