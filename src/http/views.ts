// Every page and the data it needs: `render` accepts nothing else. Texts come as they are; the views escape them.
import type { AccountViews } from './account-views.ts';
import type { Moment } from './moments.ts';
import type { MailboxViews } from './mailbox-views.ts';
import type { PlaygroundViews } from './playground-views.ts';
import type { RecoveryViews } from './recovery-views.ts';
import type { RegistrationViews } from './registration-views.ts';
import type { RequiredActionViews } from './required-action-views.ts';
import type { AskedPasskey, SignInViews } from './sign-in-views.ts';

declare const safe: unique symbol;

/** A URL that may stand in `href` or `src`; only `safeUrl` makes one. */
export type SafeUrl = string & { readonly [safe]: true };

/** Who asks: the application as it presents itself. Nothing of it is verified but `domain` and `firstParty`. */
export interface ClientCard {
  name: string;
  logo?: SafeUrl | undefined;
  /** The host the application's owner answers for. */
  domain?: string | undefined;
  /** The application's own pages. */
  home?: SafeUrl | undefined;
  policy?: SafeUrl | undefined;
  terms?: SafeUrl | undefined;
  firstParty: boolean;
  /** Ours, with its colours. */
  stylesheet?: string | undefined;
}

/** What an application asks for, in words. */
export interface PermissionGroup {
  title: string;
  items: PermissionItem[];
}

export interface PermissionItem {
  /** Unique on the page: the checkbox's id. */
  id: string;
  /** Sent as `scope` when the box is ticked. */
  value: string;
  label: string;
  detail?: string | undefined;
  optional: boolean;
  /** Granted before, so it is told and not asked. */
  given: boolean;
  /** Whether its box is ticked at first; not when it was refused before. */
  chosen: boolean;
  /** Asked for beside what was answered before, and marked as new. */
  isNew: boolean;
}

/** An account that was signed in to in this browser. */
export interface AccountChoice {
  id: string;
  name: string;
  login: string;
  signedIn: boolean;
}

interface Switchable {
  /** Where the form leads that lets somebody else sign in. */
  switchAction: string;
  /** Whose proof is asked for; nothing of an account that is gone. */
  account?: { name: string; login: string } | undefined;
}

interface AskedCode extends Switchable {
  action: string;
  cancelAction: string;
  /** The page for the other kind of code. */
  otherWay: string;
  csrf: string;
  client: ClientCard;
  fault?: string | undefined;
}

export interface Views
  extends AccountViews,
    PlaygroundViews,
    MailboxViews,
    RecoveryViews,
    RegistrationViews<ClientCard>,
    RequiredActionViews<ClientCard>,
    SignInViews<ClientCard> {
  'interaction/login': {
    action: string;
    cancelAction: string;
    csrf: string;
    client: ClientCard;
    /** What was typed before, or a hint; empty at first. */
    login: string;
    passkey: AskedPasskey;
    /** Whether it asks for the login alone, and the next page for the rest. */
    identifierFirst: boolean;
    /** Where a new password is asked for; nowhere, where no mail reaches people. */
    recovery?: string | undefined;
    /** Where a mail to sign in by is asked for, if there can be one. */
    mailCode?: string | undefined;
    /** Where an account is created; nowhere, where nobody may. */
    register?: string | undefined;
    fault?: string | undefined;
  };
  'interaction/select-account': {
    action: string;
    removeAction: string;
    cancelAction: string;
    /** Where anybody else signs in. */
    other: string;
    csrf: string;
    client: ClientCard;
    accounts: AccountChoice[];
  };
  /** A sign-in that can't go on. */
  'interaction/interrupted': {
    title: string;
    message: string;
    /** Whether it led to what was wanted. */
    isDone: boolean;
    /** Whether to lead to the account's pages. */
    account: boolean;
    /** The application that it was for, as far as that is known. */
    client?: ClientCard | undefined;
    /** Where it can be begun anew. */
    again?: string | undefined;
  };
  'interaction/second-factor': AskedCode & {
    /** Whether the person has an authenticator app. */
    hasApp: boolean;
    /** For whoever has one. */
    passkey?: AskedPasskey | undefined;
    /** For how many days the browser may be remembered; nothing where it may not. */
    rememberDays?: number | undefined;
  };
  'interaction/recovery-code': AskedCode;
  'interaction/enrol-second-factor': Switchable & {
    action: string;
    cancelAction: string;
    csrf: string;
    client: ClientCard;
    /** For making a passkey instead. */
    passkey: AskedPasskey;
    /** Where the image is. */
    qrCode: string;
    /** The same for typing, in groups of four. */
    key: string;
    fault?: string | undefined;
  };
  /** Shown once, when they were made. */
  'interaction/recovery-codes': {
    action: string;
    csrf: string;
    client: ClientCard;
    codes: string[];
  };
  /** The account is about to be deleted, unless the person keeps it. */
  'interaction/keep-account': {
    action: string;
    cancelAction: string;
    csrf: string;
    client: ClientCard;
    /** Nothing when it was kept meanwhile. */
    due?: Moment | undefined;
  };
  'interaction/consent': {
    action: string;
    csrf: string;
    client: ClientCard;
    account: { name: string; login: string };
    groups: PermissionGroup[];
    /** In words, as in "While you are signed in here". */
    duration: string;
    /** Where the browser goes next: a host, or a native application's scheme; nothing for a device. */
    destination?: string | undefined;
  };
  'logout/confirm': {
    action: string;
    xsrf: string;
    clientName?: string | undefined;
    account?: { name: string; login: string } | undefined;
  };
  'logout/done': { clientName?: string | undefined };
  'device/code': { action: string; xsrf: string; userCode: string; fault?: string | undefined };
  'device/confirm': {
    action: string;
    xsrf: string;
    /** As it is sent back. */
    userCode: string;
    /** As the device shows it, with its hyphen. */
    shownCode: string;
    client: ClientCard;
    groups: PermissionGroup[];
    /** Where the device's request came from. */
    address: string;
    agent: string;
  };
  /** A form that a script of ours sends by itself, and a person where there are no scripts. */
  'redirect/form-post': {
    /** Where the form leads: one of our own pages, or the application. */
    action: string;
    fields: { name: string; value: string }[];
  };
  'device/done': { clientName: string; refused: boolean };
  'setup/form': {
    action: string;
    csrf: string;
    values: { login: string; email: string; name: string };
    /** By input name: login, email, name, password, passwordAgain; `form` for what belongs to none. */
    faults: Record<string, string>;
    minPasswordCharacters: number;
    /** Of the password that was typed: from 0 to 4. */
    strength?: { level: number } | undefined;
  };
  'setup/done': Record<string, never>;
  'error/error': { title: string; message: string; code: string; requestId: string };
  'home/home': {
    issuer: string;
    setupPending: boolean;
    playground?: string | undefined;
    mailbox?: string | undefined;
  };
}

/**
 * For URLs that others chose: https, or http on this computer; no username in it, which could pass for a host.
 * @returns undefined for every other text, `javascript:` and `data:` among them
 */
export function safeUrl(text: string): SafeUrl | undefined {
  if (!URL.canParse(text)) return undefined;

  const url = new URL(text);
  const reachable = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
  return reachable && !url.username && !url.password ? (url.href as SafeUrl) : undefined;
}

/** As safeUrl, for `src`: our pages load images over https alone, which security-headers.ts tells browsers. */
export function safeImageUrl(text: string): SafeUrl | undefined {
  const url = safeUrl(text);
  return url?.startsWith('https:') ? url : undefined;
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
