// The settings of how people sign in, and of what they have to do besides proving who they are; part of settings.ts.
import * as z from 'zod';
import { count, setting, webPage } from './setting-kinds.ts';

export const SIGN_IN_SETTINGS = {
  PASSKEY_RP_ID: setting(
    z
      .string()
      .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'must be a domain in lower case, without a port')
      .optional(),
    'The domain that passkeys are made for: the host of ISSUER, which is the default, or a domain above it. With another one, all passkeys there are stop working.',
  ),
  SECOND_FACTOR: setting(
    z.enum(['optional', 'administrators', 'everyone']).default('optional'),
    'Of whom every sign-in demands two factors; who has no second one sets it up then. Applications and APIs may demand it of others too.',
  ),
  REMEMBER_BROWSER_DAYS: setting(count(30, 0, 365), 'Days that a browser needs no code; 0: none.'),
  SIGN_IN_PAGE: setting(
    z.enum(['combined', 'identifier-first']).default('combined'),
    'Whether the first page of a sign-in asks for login and password, or for the login alone and the next one for the rest.',
  ),
  SIGN_IN_BY_MAIL: setting(
    z.enum(['on', 'off']).default('on'),
    'Whether people may sign in by a code or a link that is mailed to them, where mail reaches people; see docs/mail-sign-in.md.',
  ),
  VERIFY_EMAIL: setting(
    z.enum(['optional', 'required']).default('optional'),
    'Whether a person who has an email address must show at sign-in that mail to it reaches them. In either case applications are told by email_verified.',
  ),
  TERMS_URL: setting(
    webPage,
    'The terms of service, linked on every page. People are asked to accept them where TERMS_VERSION is set too.',
  ),
  TERMS_VERSION: setting(
    z.string().trim().min(1).max(60).optional(),
    'Which version the terms are, such as 2026-11-25. Another version is asked for anew, of everybody, at the next sign-in.',
  ),
  PRIVACY_URL: setting(webPage, 'The privacy notice, linked on every page and beside the terms.'),
};

interface Settled {
  verifyEmail: 'optional' | 'required';
  termsVersion: string | undefined;
  termsUrl: string | undefined;
  smtpUrl: string | undefined;
  mailbox: boolean;
}

export const SIGN_IN_RULES: { broken: (config: Settled) => boolean; fault: string }[] = [
  {
    broken: ({ verifyEmail, smtpUrl, mailbox }) =>
      verifyEmail === 'required' && smtpUrl === undefined && !mailbox,
    fault: 'VERIFY_EMAIL: required needs SMTP_URL, or nobody could sign in',
  },
  {
    broken: ({ termsVersion, termsUrl }) => termsVersion !== undefined && !termsUrl,
    fault: 'TERMS_VERSION: needs TERMS_URL, because nobody can accept what they cannot read',
  },
];
