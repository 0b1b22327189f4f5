// The pages of a sign-in behind the first one: the password by itself, and what was mailed. `Client` is who asks.
import type { GuardView } from './registration-views.ts';

interface Frame<Client> {
  action: string;
  cancelAction: string;
  csrf: string;
  client: Client;
}

/** For the script of the page, which asks the browser for a passkey. */
export interface AskedPasskey {
  /** Where the answer goes. */
  action: string;
  /** Where it is said what is asked for, as JSON. */
  options: string;
}

export interface SignInViews<Client> {
  'interaction/password': Frame<Client> & {
    /** As typed on the first page, which `back` leads to. */
    login: string;
    back: string;
    passkey: AskedPasskey;
    /** Where a new password is asked for; nowhere, where no mail reaches people. */
    recovery?: string | undefined;
    /** Where a mail to sign in by is asked for, if there can be one. */
    mailCode?: string | undefined;
    fault?: string | undefined;
  };
  /** Where such a mail is asked for once more, by a browser that has shown that a person does. */
  'interaction/mail-code': Frame<Client> & {
    /** As typed. */
    login: string;
    guard?: GuardView | undefined;
    fault?: string | undefined;
  };
  'interaction/mailed-code': Frame<Client> & {
    /** For whom a mail was asked for, as typed: nothing here tells whether there is such a person. */
    login: string;
    /** Where another mail is asked for. */
    resend: string;
    /** To the other ways to sign in. */
    back: string;
    /** For how long a code works, in words. */
    lifetime: string;
    wasResent: boolean;
    fault?: string | undefined;
  };
  /** Whoever holds the link is told whose account it opens. */
  'interaction/mailed-link': Frame<Client> & { login: string };
  /** The link was opened where it was not asked for, or after the sign-in ended. */
  'interaction/mailed-link-elsewhere': Record<string, never>;
}
