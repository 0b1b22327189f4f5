// What each kind of mail consists of, in order: one function per kind, from its facts to blocks that both templates
// can show. The words are in the catalogues.
import type {
  MailKind,
  MailKinds,
  MailRequest,
  OwnPath,
  Whence,
} from '../operations/mail/mail-kinds.ts';
import type { Language } from './language.ts';
import { oneLine } from './message.ts';

/** One of these. */
export interface Block {
  text?: string;
  code?: string;
  link?: { label: string; url: string };
  facts?: { label: string; value: string }[];
}

export interface Letter {
  subject: string;
  blocks: Block[];
}

/** What the parts of a letter are made with. */
export interface Stationery {
  language: Language;
  site: string;
  now: Date;
  /** @throws when the path leads away from us */
  linkTo: (path: OwnPath) => string;
}

export function writeLetter<Kind extends MailKind>(
  { kind, data }: MailRequest<Kind>,
  stationery: Stationery,
): Letter {
  const { language, site } = stationery;
  const subject = language.say(`${kind}.subject`, { site });
  return { subject, blocks: WRITERS[kind](data, stationery) };
}

const WRITERS: { [Kind in MailKind]: (data: MailKinds[Kind], parts: Stationery) => Block[] } = {
  'magic-link': ({ path, code, expiresAt, from }, parts) => [
    said(parts, 'magic-link.lead'),
    button(parts, 'magic-link', path),
    said(parts, 'magic-link.code'),
    { code: oneLine(code) },
    expiry(parts, expiresAt),
    whence(parts, from),
    said(parts, 'magic-link.ignore'),
  ],
  'verify-email': ({ path, code, expiresAt }, parts) => [
    said(parts, 'verify-email.lead'),
    button(parts, 'verify-email', path),
    ...(code === undefined ? [] : [said(parts, 'verify-email.code'), { code: oneLine(code) }]),
    expiry(parts, expiresAt),
    said(parts, 'verify-email.ignore'),
  ],
  'reset-password': ({ path, expiresAt, from }, parts) => [
    said(parts, 'reset-password.lead'),
    button(parts, 'reset-password', path),
    expiry(parts, expiresAt),
    whence(parts, from),
    said(parts, 'reset-password.ignore'),
  ],
  'email-change-confirm': ({ path, oldEmail, newEmail, expiresAt, from, cancel }, parts) => [
    oldEmail === undefined
      ? said(parts, 'email-change-confirm.lead-new', { newEmail })
      : said(parts, 'email-change-confirm.lead', { oldEmail, newEmail }),
    button(parts, 'email-change-confirm', path),
    expiry(parts, expiresAt),
    whence(parts, from),
    ...(cancel
      ? [
          said(parts, 'email-change-confirm.cancel'),
          link(parts, 'email-change-confirm.cancel-button', cancel.path),
        ]
      : []),
    said(parts, 'email-change-confirm.ignore'),
  ],
  'credential-changed': ({ change, at, from, undo }, parts) => [
    said(parts, `credential-changed.${change}`),
    whence(parts, from, at),
    ...(undo
      ? [
          said(parts, 'credential-changed.undo', { duration: until(parts, undo.until) }),
          button(parts, 'credential-changed', undo.path),
        ]
      : []),
    said(parts, 'credential-changed.ignore'),
    {
      link: {
        label: parts.language.say('credential-changed.history'),
        url: parts.linkTo('/account/security'),
      },
    },
  ],
  'sign-in-throttled': ({ at, from, path }, parts) => [
    said(parts, 'sign-in-throttled.lead'),
    whence(parts, from, at),
    said(parts, 'sign-in-throttled.advice'),
    ...(path ? [button(parts, 'sign-in-throttled', path)] : []),
  ],
  'account-exists': ({ path, recovery, at, from }, parts) => [
    said(parts, 'account-exists.lead'),
    whence(parts, from, at),
    said(parts, 'account-exists.advice'),
    button(parts, 'account-exists', path),
    said(parts, 'account-exists.forgotten'),
    { link: { label: parts.language.say('account-exists.recovery'), url: parts.linkTo(recovery) } },
    said(parts, 'account-exists.ignore'),
  ],
  'deletion-scheduled': ({ dueAt, path }, parts) => [
    said(parts, 'deletion-scheduled.lead', { date: parts.language.moment(dueAt) }),
    said(parts, 'deletion-scheduled.keep'),
    button(parts, 'deletion-scheduled', path),
    said(parts, 'deletion-scheduled.ignore'),
  ],
  'deletion-cancelled': ({ at, from }, parts) => [
    said(parts, 'deletion-cancelled.lead'),
    whence(parts, from, at),
    said(parts, 'deletion-cancelled.ignore'),
  ],
  invitation: ({ path, inviter, expiresAt }, parts) => [
    said(parts, 'invitation.lead', { site: parts.site }),
    ...(inviter === undefined ? [] : [fact(parts, 'invitation.by', inviter)]),
    button(parts, 'invitation', path),
    expiry(parts, expiresAt),
    said(parts, 'invitation.ignore'),
  ],
};

function said({ language }: Stationery, name: string, values?: Record<string, string>): Block {
  return { text: language.say(name, values) };
}

function button(parts: Stationery, kind: MailKind, path: OwnPath): Block {
  return link(parts, `${kind}.button`, path);
}

function link({ language, linkTo }: Stationery, name: string, path: OwnPath): Block {
  return { link: { label: language.say(name), url: linkTo(path) } };
}

function fact({ language }: Stationery, name: string, value: string): Block {
  return { facts: [{ label: language.say(name), value: oneLine(value) }] };
}

function expiry(parts: Stationery, expiresAt: Date): Block {
  return said(parts, 'expiry', { duration: until(parts, expiresAt) });
}

function until({ language, now }: Stationery, end: Date): string {
  return language.duration(end.getTime() - now.getTime());
}

function whence({ language }: Stationery, from: Whence | undefined, at?: Date): Block {
  const facts = {
    when: at && language.moment(at),
    address: from?.address,
    browser: from?.browser,
  };
  return {
    facts: Object.entries(facts).flatMap(([name, value]) =>
      value === undefined ? [] : [{ label: language.say(name), value: oneLine(value) }],
    ),
  };
}
