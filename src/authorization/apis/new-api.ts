// What an API may be called and may offer: checked here, before there is a row.
import { DomainError } from '../../foundation/errors.ts';

export interface NewPermission {
  name: string;
  /** What the consent page says of it; the name, if absent. */
  description?: string | undefined;
}

export interface NewApi {
  /** An absolute URI without fragment (RFC 8707 §2): the audience of its tokens, compared as it is spelled. */
  identifier: string;
  name?: string | undefined;
  permissions: NewPermission[];
  tokenFormat?: TokenFormat | undefined;
  /** ACCESS_TOKEN_SECONDS as it is now, if absent. */
  accessTokenSeconds?: number | undefined;
  signingAlg?: SigningAlg | undefined;
  /** The authenticator assurance level (NIST SP 800-63B) that people reach for its tokens; 1, if absent. */
  level?: 1 | 2 | undefined;
  ownerId?: string | undefined;
}

export const TOKEN_FORMATS = ['jwt', 'opaque'] as const;
export type TokenFormat = (typeof TOKEN_FORMATS)[number];

export const API_SIGNING_ALGS = ['ES256', 'RS256', 'EdDSA'] as const;
export type SigningAlg = (typeof API_SIGNING_ALGS)[number];

/** A JWT cannot be called back, so its life is bounded. */
const MAX_ACCESS_TOKEN_SECONDS = 86_400;
const MAX_IDENTIFIER_CHARACTERS = 255;
const MAX_PERMISSION_CHARACTERS = 100;

/** Scopes that OpenID Connect Core §5.4 and §11 give a meaning of their own. */
const IDENTITY_SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

/** @throws DomainError `invalid` naming what is wrong */
export function checkNewApi({ identifier, name, permissions, accessTokenSeconds }: NewApi): void {
  if (!isIdentifier(identifier)) {
    const message = `${identifier} is no API identifier: ${whatItMustBe(identifier)}.`;
    throw new DomainError('invalid', 'api_identifier_malformed', message);
  }
  if (name !== undefined && !/^[^\p{Cc}\p{Cs}]{1,200}$/u.test(name.trim())) {
    throw new DomainError(
      'invalid',
      'api_name_malformed',
      'An API’s name has 1 to 200 characters.',
    );
  }
  if (accessTokenSeconds !== undefined && !isSeconds(accessTokenSeconds)) {
    const message = `The lifetime of access tokens must be 1 to ${MAX_ACCESS_TOKEN_SECONDS} whole seconds.`;
    throw new DomainError('invalid', 'token_seconds_out_of_range', message);
  }
  checkPermissions(permissions);
}

/** @throws DomainError `invalid` `permission_malformed`, `permission_reserved` or `permission_repeated` */
export function checkPermissions(permissions: NewPermission[]): void {
  const seen = new Set<string>();
  for (const { name, description = name } of permissions) {
    const fault = PERMISSION_FAULTS.find(({ applies }) => applies(name, { description, seen }));
    if (fault) throw new DomainError('invalid', fault.code, `${name} ${fault.message}`);
    seen.add(name);
  }
}

interface Beside {
  description: string;
  seen: Set<string>;
}

const PERMISSION_FAULTS: {
  applies: (name: string, beside: Beside) => boolean;
  code: string;
  message: string;
}[] = [
  {
    // scope-token of RFC 6749 §3.3
    applies: (name) =>
      !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name) || name.length > MAX_PERMISSION_CHARACTERS,
    code: 'permission_malformed',
    message: `is no permission name: at most ${MAX_PERMISSION_CHARACTERS} visible ASCII characters, none of them " or \\.`,
  },
  {
    applies: (name) => IDENTITY_SCOPES.includes(name),
    code: 'permission_reserved',
    message: 'is a scope of OpenID Connect and cannot be a permission.',
  },
  {
    applies: (name, { seen }) => seen.has(name),
    code: 'permission_repeated',
    message: 'is named twice.',
  },
  {
    applies: (_, { description }) => !/^[^\p{Cc}\p{Cs}]{1,300}$/u.test(description.trim()),
    code: 'permission_description_malformed',
    message: 'must be described in 1 to 300 characters.',
  },
];

function whatItMustBe(identifier: string): string {
  return /^urn:/i.test(identifier)
    ? 'a URN is urn:namespace:name without a fragment, and its namespace has 2 to 32 letters, digits and hyphens'
    : 'it must be an https: or urn: URI without a fragment';
}

function isIdentifier(text: string): boolean {
  const characters = /^[\w\-.~:/?[\]@!$&'()*+,;=%]+$/.test(text); // of RFC 3986, without #
  if (!characters || text.length > MAX_IDENTIFIER_CHARACTERS || !URL.canParse(text)) return false;

  const { protocol, hostname, username, password } = new URL(text);
  if (protocol === 'urn:') return /^urn:[a-z\d][a-z\d-]{1,31}:.+$/i.test(text); // RFC 8141
  return protocol === 'https:' && hostname !== '' && username === '' && password === '';
}

function isSeconds(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= MAX_ACCESS_TOKEN_SECONDS;
}
