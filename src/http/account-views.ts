// The data of the account's pages: what a person sees of their own. Names of applications come from others.
import type { Moment } from './moments.ts';

interface Form {
  action: string;
  csrf: string;
}

export interface SessionCard {
  /** Unique on the page: the button's id. */
  id: string;
  /** In words of the language, as in "Firefox on Windows". */
  browser: string;
  address: string;
  signedIn: Moment;
  lastUsed: Moment;
  /** Whether it is the one that asks; it is ended by signing out. */
  current: boolean;
  /** Where the form that ends it leads. */
  action: string;
}

export interface PasskeyCard {
  /** Unique on the page: what the ids of its controls start with. */
  id: string;
  /** As it stands in the field. */
  name: string;
  /** What it is called. */
  title: string;
  /** Whether it may be on several devices. */
  synced: boolean;
  added: Moment;
  lastUsed?: Moment | undefined;
  renameAction: string;
  removeAction: string;
  fault?: string | undefined;
}

/** A browser that is not asked for the second factor. */
export interface BrowserCard {
  /** Unique on the page: the button's id. */
  id: string;
  browser: string;
  address: string;
  since: Moment;
  lastUsed: Moment;
  until: Moment;
  action: string;
}

export interface AppCard {
  id: string;
  name: string;
  permissions: { title: string; labels: string[] }[];
  since: Moment;
  lastUsed: Moment;
  action: string;
}

export interface EmailForms {
  change: string;
  /** Where an address that is still to be verified is sent a mail, and its code is typed. */
  verification?: { send: string; code: string; isSent: boolean } | undefined;
  /** A change that waits to be confirmed. */
  pending?:
    | {
        newEmail: string;
        /** As far as they have not confirmed. */
        waitingFor: string[];
        expires: Moment;
        cancel: string;
      }
    | undefined;
  /** What was typed. */
  newEmail: string;
}

export interface HistoryLine {
  /** In the language. */
  words: string;
  /** Application and address, as far as there are any. */
  detail: string;
  moment: Moment;
}

/** What the person signs in with, in words. */
export interface SecurityCard {
  password: string;
  authenticator: string;
  passkeys: string;
  /** How many are left; empty where there is nothing that they could stand in for. */
  recoveryCodes: string;
  fewCodes: boolean;
}

export interface LanguageChoice {
  /** BCP 47, sent as `locale`. */
  locale: string;
  /** As the language calls itself. */
  name: string;
  chosen: boolean;
}

export interface AccountViews {
  'account/overview': {
    name: string;
    login: string;
    /** Empty when there is none. */
    email: string;
    signedIn: Moment;
    sessions: number;
    apps: number;
    security: SecurityCard;
  };
  'account/profile': Form & {
    /** `shown`: where the picture is that there is. */
    picture: { action: string; removal: string; shown?: string | undefined };
    login: string;
    /** Empty when there is none. */
    email: string;
    name: string;
    /** When none is chosen, the browser's counts. */
    languages: LanguageChoice[];
    /** By the claim that each becomes; empty for none. */
    details: Record<string, string>;
    timeZones: { name: string; chosen: boolean }[];
    /** By input name. */
    faults: Record<string, string>;
  };
  'account/email': {
    csrf: string;
    /** Empty when there is none. */
    email: string;
    verified: boolean;
    /** Nothing where mail reaches nobody: then nothing can be confirmed. */
    forms?: EmailForms | undefined;
    /** By input name: email, code. */
    faults: Record<string, string>;
  };
  'account/password': Form & {
    login: string;
    /** Whether there is none yet, and so none to ask for. */
    isFirst: boolean;
    /** By input name: current, password, passwordAgain. */
    faults: Record<string, string>;
    endOthers: boolean;
    minPasswordCharacters: number;
  };
  'account/password-done': { endedOthers: boolean };
  'account/passkeys': Form & {
    /** Where the page's script learns how a new one is made. */
    options: string;
    passkeys: PasskeyCard[];
    fault?: string | undefined;
  };
  /** After the first second factor, the recovery codes that come with it. */
  'account/passkey-added': { back: string; codes: string[] };
  'account/authenticator': { since: Moment; codesLeft: number };
  'account/authenticator-set-up': Form & {
    /** Sent back with the code: which key it is of. */
    occasion: string;
    qrCode: string;
    /** The same for typing, in groups of four. */
    key: string;
    /** Whether there is an app that it takes the place of. */
    replaces: boolean;
    fault?: string | undefined;
  };
  'account/authenticator-removal': Form & { back: string; passkeyStays: boolean };
  /** `left`: nothing where there is no second factor that they could stand in for. */
  'account/recovery-codes': Form & { left: number | undefined; few: boolean };
  /** Shown once, when they were made. */
  'account/new-recovery-codes': Form & { codes: string[]; done: string };
  'account/sessions': Form & {
    sessions: SessionCard[];
    browsers: BrowserCard[];
    /** Where the form leads that forgets all browsers. */
    forgetAllAction: string;
  };
  'account/apps': { csrf: string; apps: AppCard[] };
  'account/security': { lines: HistoryLine[]; older?: string | undefined };
  'account/data': Form;
  'account/delete': Form & {
    login: string;
    /** How long the account can still be kept, in words. */
    wait: string;
    /** Why it cannot be deleted now; then there is no form. */
    obstacle?: string | undefined;
    /** What was typed. */
    typed: string;
    fault?: string | undefined;
  };
  'account/delete-done': { wait: string };
}
