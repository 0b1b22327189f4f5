// What a person may tell of themselves besides their name: the standard claims of OpenID Connect Core §5.1, each read
// once, at the edge. Values only. What is said of a person by others (email, its verification) is not among it.
import { DomainError, type Told } from '../../foundation/errors.ts';

const MAX_CHARACTERS = 200;
const MAX_URL_CHARACTERS = 2000;

type Read = (text: string) => string;

/** Its name in our code, the claim's, and how what was typed becomes its value. */
const DETAILS = [
  { name: 'givenName', claim: 'given_name', read: readLine },
  { name: 'familyName', claim: 'family_name', read: readLine },
  { name: 'middleName', claim: 'middle_name', read: readLine },
  { name: 'nickname', claim: 'nickname', read: readLine },
  { name: 'profile', claim: 'profile', read: readWebAddress },
  { name: 'website', claim: 'website', read: readWebAddress },
  { name: 'gender', claim: 'gender', read: readLine },
  { name: 'birthdate', claim: 'birthdate', read: readBirthdate },
  { name: 'zoneinfo', claim: 'zoneinfo', read: readZone },
  { name: 'phoneNumber', claim: 'phone_number', read: readPhoneNumber },
  { name: 'streetAddress', claim: 'street_address', read: readLine },
  { name: 'locality', claim: 'locality', read: readLine },
  { name: 'region', claim: 'region', read: readLine },
  { name: 'postalCode', claim: 'postal_code', read: readLine },
  { name: 'country', claim: 'country', read: readLine },
] as const satisfies readonly { name: string; claim: string; read: Read }[];

export type DetailName = (typeof DETAILS)[number]['name'];
export type DetailClaim = (typeof DETAILS)[number]['claim'];

/** `null` for what a person keeps to themselves. */
export type Details = Record<DetailName, string | null>;

/** What was typed, by claim; empty for none. A claim that is not there is not to be changed. */
export type TypedDetails = Partial<Record<DetailClaim, string | undefined>>;

/** Everything that was read, and what is wrong with the rest, by claim. */
export function readDetails(typed: TypedDetails): {
  details: Partial<Details>;
  faults: Partial<Record<DetailClaim, Told>>;
} {
  const details: Partial<Details> = {};
  const faults: Partial<Record<DetailClaim, Told>> = {};
  for (const { name, claim, read } of DETAILS) {
    const text = typed[claim]?.normalize('NFC').trim();
    if (text === undefined) continue;
    try {
      details[name] = text === '' ? null : read(text);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      faults[claim] = error;
    }
  }
  return { details, faults };
}

/** By claim, for a form that shows what there is. */
export function shownDetails(details: Details | undefined): Record<string, string> {
  return Object.fromEntries(DETAILS.map(({ name, claim }) => [claim, details?.[name] ?? '']));
}

/** Which claims differ from what there was. */
export function changedClaims(before: Details | undefined, details: Partial<Details>) {
  return DETAILS.filter(
    ({ name }) => details[name] !== undefined && details[name] !== (before?.[name] ?? null),
  ).map(({ claim }) => claim);
}

/** Control characters, and those that turn the direction of what follows on a page. */
const DECEIVING = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

function readLine(text: string): string {
  if (text.length <= MAX_CHARACTERS && !DECEIVING.test(text)) return text;
  const message = `This has at most ${MAX_CHARACTERS} characters, none of them a control character.`;
  throw malformed('detail', message);
}

/** Applications make links of it: nothing that runs, and no user in it, which could pass for a host. */
function readWebAddress(text: string): string {
  const url = text.length <= MAX_URL_CHARACTERS && URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && !(url.username || url.password);
  if (isPlain && url.href.length <= MAX_URL_CHARACTERS) return url.href;
  throw malformed('web_address', 'A web address starts with https:// or http://.');
}

/** ISO 8601: a day, whose year may be 0000 where it is kept to oneself, or a year alone. */
function readBirthdate(text: string): string {
  const [, year = '', day] = /^(\d{4})(?:-(\d{2}-\d{2}))?$/.exec(text) ?? [];
  const isKnown = day === undefined ? /^(1[89]|20)\d\d$/.test(year) : isDay(year, day);
  if (isKnown) return text;
  throw malformed('birthdate', 'A date of birth is written as 1990-12-31, or as a year alone.');
}

function isDay(year: string, day: string): boolean {
  // A leap year, since the 29th of February is somebody's birthday.
  const text = `${year === '0000' ? '2000' : year}-${day}`;
  const date = new Date(`${text}T00:00:00Z`);
  const isReal = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
  return isReal && (year === '0000' || /^(1[89]|20)/.test(year));
}

/** A name of the IANA database: an offset is none, and the spelling is that of the runtime's list. */
function readZone(text: string): string {
  const zone = timeZones().find((one) => one.toLowerCase() === text.toLowerCase());
  if (zone !== undefined) return zone;
  throw malformed('zoneinfo', 'There is no such time zone; one is Europe/Berlin.');
}

let zones: readonly string[] | undefined;

export function timeZones(): readonly string[] {
  zones ??= [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])].toSorted();
  return zones;
}

/** E.164, which Core §5.1 recommends. */
function readPhoneNumber(text: string): string {
  const number = text.replaceAll(/[\s().\-/\u2010-\u2013]/g, '');
  if (/^\+[1-9]\d{6,14}$/.test(number)) return number;
  const message = 'A telephone number starts with + and the code of the country.';
  throw malformed('phone_number', message);
}

function malformed(field: string, message: string): DomainError {
  return new DomainError('invalid', `${field}_malformed`, message);
}
