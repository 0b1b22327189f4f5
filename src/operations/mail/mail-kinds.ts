// Every mail there is and the facts it needs: `queue` accepts nothing else. How they read is the templates' business.

/** Where the request came from, which the mail tells so that a stranger's request is noticed. */
export interface Whence {
  address: string;
  /** In words, as in "Firefox on Windows"; never the header as it came. */
  browser?: string | undefined;
}

/**
 * A page of ours, as path and query: `/reset?token=…`. It becomes a link under the configured issuer, never under the
 * host that a request named, so that nobody can have a link with a token in it lead to a host of his.
 */
export type OwnPath = `/${string}`;

/** What changed about the ways to sign in. */
export const CREDENTIAL_CHANGES = [
  'password-set',
  'passkey-added',
  'passkey-removed',
  'authenticator-added',
  'authenticator-removed',
  'authenticator-replaced',
  'recovery-codes-made',
  'recovery-code-used',
  'email-changed',
] as const;

export type CredentialChange = (typeof CREDENTIAL_CHANGES)[number];

/** `expiresAt` is told in words, and a mail that could not leave until then is not sent any more. */
export interface MailKinds {
  /** The link works in the browser that asked for it; the code is for any other. */
  'magic-link': { path: OwnPath; code: string; expiresAt: Date; from: Whence };
  'verify-email': { path: OwnPath; code?: string | undefined; expiresAt: Date };
  'reset-password': { path: OwnPath; expiresAt: Date; from: Whence };
  /** Goes to both addresses, each with a link of its own. */
  'email-change-confirm': {
    path: OwnPath;
    /** Absent where the new address alone must confirm. */
    oldEmail?: string | undefined;
    newEmail: string;
    expiresAt: Date;
    from: Whence;
    /** In the mail to the old address. */
    cancel?: { path: OwnPath } | undefined;
  };
  'credential-changed': {
    change: CredentialChange;
    at: Date;
    from?: Whence | undefined;
    undo?: { path: OwnPath; until: Date } | undefined;
  };
  /** Somebody fails to sign in as the person, so often that attempts are slowed down. */
  'sign-in-throttled': { at: Date; from?: Whence | undefined; path?: OwnPath | undefined };
  /** Somebody wanted to open an account with an address that has one. `path` leads to the sign-in. */
  'account-exists': { path: OwnPath; recovery: OwnPath; at: Date; from: Whence };
  /** Signing in, which the link leads to, keeps the account. */
  'deletion-scheduled': { dueAt: Date; path: OwnPath };
  'deletion-cancelled': { at: Date; from?: Whence | undefined };
  invitation: { path: OwnPath; inviter?: string | undefined; expiresAt: Date };
}

export type MailKind = keyof MailKinds;

/** One mail as a rule asks for it. */
export type MailRequest<Kind extends MailKind = MailKind> = {
  [K in Kind]: {
    kind: K;
    to: string;
    /** With whom the mail is deleted; absent when it is to outlive them. */
    userId?: string | undefined;
    /** BCP 47, such as `de` or `fr-CA`; without it the person's, or else DEFAULT_LOCALE. */
    locale?: string | undefined;
    data: MailKinds[K];
  };
}[Kind];

export interface MailContent {
  subject: string;
  text: string;
  html: string;
}

/** Makes the content of a mail; `now` is what durations count from. */
export type ComposeMail = (request: MailRequest, now: Date) => MailContent;
