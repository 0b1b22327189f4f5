// The pages on which people open an account.

/** A puzzle for the page's own script, or the widget of a captcha. */
export type GuardView = { challenge: string } | { siteKey: string; script: string };

interface TermsView {
  version: string;
  url: string;
  privacyUrl?: string | undefined;
}

interface NewAccountForm {
  action: string;
  csrf: string;
  /** By input name: name, email, password, terms; `form` for what belongs to none. */
  faults: Record<string, string>;
  minPasswordCharacters: number;
  /** What is to be accepted, where something is. */
  terms?: TermsView | undefined;
  /** Of the password that was typed: from 0 to 4. */
  strength?: { level: number } | undefined;
}

/** @typeParam ClientCard views.ts has it, which has these in turn */
export interface RegistrationViews<ClientCard> {
  'interaction/create': NewAccountForm & {
    cancelAction: string;
    client: ClientCard;
    values: { name: string; email: string };
    /** The page for those who have an account. */
    signIn: string;
    guard?: GuardView | undefined;
  };
  'interaction/confirm-address': {
    action: string;
    csrf: string;
    client: ClientCard;
    email: string;
    /** Where another mail is asked for. */
    again: string;
    /** The form, for another address. */
    back: string;
    fault?: string | undefined;
  };
  /** The same place, once the link was followed elsewhere. */
  'interaction/address-confirmed': {
    action: string;
    csrf: string;
    client: ClientCard;
    email: string;
  };
  'create-account/confirm': {
    action: string;
    csrf: string;
    email: string;
    /** In a browser other than the one that began. */
    asksPassword: boolean;
    fault?: string | undefined;
  };
  'create-account/done': Record<string, never>;
  'invitation/form': NewAccountForm & { email: string; values: { name: string } };
}
