// The pages of what a person has to do before a sign-in goes on. `Client` is who asks, as views.ts has it.

interface Frame<Client> {
  action: string;
  cancelAction: string;
  csrf: string;
  client: Client;
}

interface RequiredAction<Client> extends Frame<Client> {
  /** For whoever is somebody else. */
  switchAction: string;
  account?: { name: string; login: string } | undefined;
}

export interface RequiredActionViews<Client> {
  'interaction/verify-email': RequiredAction<Client> & {
    /** Sends a mail, or another one. */
    mailAction: string;
    email: string;
    /** Whether a code is on its way that may still be typed. */
    isMailed: boolean;
    fault?: string | undefined;
  };
  'interaction/change-password': RequiredAction<Client> & {
    login: string;
    faults: { password?: string; passwordAgain?: string };
    minPasswordCharacters: number;
    /** Of the password that was typed: from 0 to 4. */
    strength?: { level: number } | undefined;
  };
  'interaction/accept-terms': RequiredAction<Client> & {
    version: string;
    /** Where they are. */
    terms: string;
    policy?: string | undefined;
  };
  /** What was required is done: in a mail, or in another tab. */
  'interaction/continue': Frame<Client>;
}
