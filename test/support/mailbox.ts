// What would have been mailed, read where a developer reads it: at /dev/mail.
import { get } from './http.ts';

export interface MailboxMail {
  id: string;
  to: string;
  kind: string;
  subject: string;
  text: string;
  html: string;
}

interface Place {
  issuer: string;
}

/** The mails to an address, the newest first. */
export async function mailsTo({ issuer }: Place, address: string): Promise<MailboxMail[]> {
  const { json } = await get(`${issuer}/dev/mail`, { accept: 'application/json' });
  const { mails } = json as unknown as { mails: MailboxMail[] };
  return mails.filter(({ to }) => to === address);
}

/** @throws when there is none */
export async function newestMailTo(
  place: Place,
  address: string,
  kind?: string,
): Promise<MailboxMail> {
  const mails = await mailsTo(place, address);
  const mail = mails.find((one) => kind === undefined || one.kind === kind);
  if (!mail) throw new Error(`No mail ${kind ?? ''} to ${address}.`);
  return mail;
}

/** The first link in a mail. */
export function linkIn({ text }: Pick<MailboxMail, 'text'>): string {
  const [link] = /https?:\/\/\S+/.exec(text) ?? [];
  if (!link) throw new Error(`No link in: ${text}`);
  return link;
}

/** The code in a mail, which stands in a line of its own. */
export function codeIn({ text }: Pick<MailboxMail, 'text'>): string {
  const [, code] = /^ {4}(\S+)$/m.exec(text) ?? [];
  if (!code) throw new Error(`No code in: ${text}`);
  return code;
}
