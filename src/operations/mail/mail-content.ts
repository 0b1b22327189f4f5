// A mail's content at rest: sealed under a key outside the database, for this mail and this recipient alone, so that
// nobody who can write to the database can have a link sent to himself.
import * as z from 'zod';
import { seal, unseal } from '../../storage/sealed-value.ts';
import type { MailContent } from './mail-kinds.ts';

interface Owner {
  id: string;
  recipient: string;
}

const content = z.object({ subject: z.string(), text: z.string(), html: z.string() });

export function sealContent(
  key: Buffer,
  owner: Owner,
  { subject, text, html }: MailContent,
): string {
  return seal(key, JSON.stringify({ subject, text, html }), contextOf(owner));
}

/** @throws Error when the content was altered, or belongs to another mail or recipient */
export function openContent(key: Buffer, owner: Owner, sealed: string): MailContent {
  return content.parse(JSON.parse(unseal(key, sealed, contextOf(owner))));
}

function contextOf({ id, recipient }: Owner): string {
  return `mail:${id}:${recipient}`;
}
