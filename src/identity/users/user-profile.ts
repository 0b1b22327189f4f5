// What a person is called: parsed once, at the edge, so that one person has one spelling.
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { readLocale } from '../../foundation/locales.ts';

const MAX_CHARACTERS = 254;
const MAX_NAME_CHARACTERS = 200;

export interface Profile {
  login: string;
  email: string | null;
  name: string | null;
  /** BCP 47. */
  locale: string | null;
}

export interface ProfileRequest {
  login: string;
  email?: string | undefined;
  name?: string | undefined;
  locale?: string | undefined;
}

/**
 * A login that looks like an email address must be the person's own address, and is taken as such when none is given:
 * otherwise somebody could register the address of another as a login and catch their sign-ins.
 * @throws DomainError `invalid` `login_malformed`, `email_malformed`, `login_not_own_email`, `name_malformed`
 * or `locale_malformed`
 */
export function readProfile(request: ProfileRequest): Profile {
  const login = readOwnLogin(request);
  const email = readOwnEmail(request, login);
  assertOwn(login, email);
  return { login, email, name: readName(request.name), locale: readChosenLocale(request.locale) };
}

/** Everything for which `readProfile` refuses it, each fault by itself. */
export function findProfileFaults(request: ProfileRequest): DomainError[] {
  const login = attempt(() => readOwnLogin(request));
  const email = attempt(() => readOwnEmail(request, readLogin(request.login) ?? ''));
  const own = attempt(() => {
    if (login.read !== undefined && email.read !== undefined) assertOwn(login.read, email.read);
  });
  const name = attempt(() => readName(request.name));
  const locale = attempt(() => readChosenLocale(request.locale));
  return [login, email, own, name, locale].flatMap(({ fault }) => fault ?? []);
}

function attempt<Value>(read: () => Value): { read?: Value; fault?: DomainError } {
  try {
    return { read: read() };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { fault: error };
  }
}

/**
 * The stored spelling of what is typed at sign-in: NFKC, lower case, trimmed.
 * Nothing for what cannot be anybody's: empty, too long, with spaces, control or invisible characters.
 */
export function readLogin(text: string): string | undefined {
  if (text.length > MAX_CHARACTERS * 2) return undefined;

  // Lower case may decompose a letter, so the text is composed again.
  const login = text.normalize('NFKC').trim().toLowerCase().normalize('NFKC');
  const impossible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}\s]/u.test(login);
  return login === '' || login.length > MAX_CHARACTERS || impossible ? undefined : login;
}

function readOwnLogin(request: ProfileRequest): string {
  const login = readLogin(request.login);
  if (login !== undefined) return login;

  const message = 'A username has no spaces or control characters and at most 254 characters.';
  throw malformed('login', message);
}

function assertOwn(login: string, email: string | null): void {
  if (!login.includes('@') || login === email) return;

  const message = 'A username with an @ must be the same as the email address.';
  throw new DomainError('invalid', 'login_not_own_email', message);
}

// ASCII alone: no address that merely looks like another one.
const emailAddress = z.email().max(MAX_CHARACTERS);

function readOwnEmail(request: ProfileRequest, login: string): string | null {
  const text = request.email || (login.includes('@') ? login : undefined);
  if (text === undefined) return null;

  return readEmail(text);
}

/** The stored spelling of an address. @throws DomainError `invalid` `email_malformed` */
export function readEmail(text: string): string {
  const parsed = emailAddress.safeParse(text.trim().toLowerCase());
  if (!parsed.success) throw malformed('email', 'This is not an email address.');
  return parsed.data;
}

/** Control characters, and those that turn the direction of what follows on a page. */
const DECEIVING = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

/** @throws DomainError `invalid` `name_malformed` */
export function readName(text: string | undefined): string | null {
  const name = text?.normalize('NFC').trim();
  if (!name) return null;

  if (name.length > MAX_NAME_CHARACTERS || DECEIVING.test(name)) {
    throw malformed(
      'name',
      `A name has no control characters and at most ${MAX_NAME_CHARACTERS} characters.`,
    );
  }
  return name;
}

/** @throws DomainError `invalid` `locale_malformed` */
export function readChosenLocale(locale: string | undefined): string | null {
  if (!locale) return null;
  const read = readLocale(locale);
  if (read === undefined) throw malformed('locale', 'This is no language, such as de or pt-BR.');
  return read;
}

function malformed(field: string, message: string): DomainError {
  return new DomainError('invalid', `${field}_malformed`, message);
}
