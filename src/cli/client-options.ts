// What a new client is made of, as options: their names follow RFC 7591 and OpenID Connect where those have one.
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { JSONWebKeySet, JWK } from 'jose';
import * as z from 'zod';
import {
  AUTH_METHODS,
  type AuthMethod,
  CLIENT_TYPES,
  type ClientType,
  SIGNING_ALGS,
} from '../protocol/clients/client-presets.ts';
import type { NewClient } from '../protocol/clients/new-client.ts';
import {
  acrOf,
  ASSURANCE_LEVELS,
  type AssuranceLevel,
  levelNamed,
} from '../protocol/interactions/assurance.ts';
import { collect, usageFault } from './usage.ts';

export interface ClientOptions {
  type: ClientType;
  name: string;
  owner?: string;
  redirectUri?: string[];
  postLogoutRedirectUri?: string[];
  allow?: { api: string; permissions: string[] }[];
  firstParty?: true;
  scope?: string;
  defaultScope?: string;
  authMethod?: AuthMethod;
  jwksFile?: string;
  jwksUri?: string;
  /** False for --no-pkce. */
  pkce: boolean;
  requirePar?: true;
  dpopBound?: true;
  refreshRotation?: 'on' | 'off';
  idTokenAlg?: string;
  actsAs?: string;
  backchannelLogoutUri?: string;
  clientUri?: string;
  logoUri?: string;
  policyUri?: string;
  tosUri?: string;
  acr?: AssuranceLevel;
  initiateLoginUri?: string;
  accent?: string;
  accentDark?: string;
}

const chosen = (flags: string, description: string, choices: readonly string[]) =>
  new Option(flags, description).choices(choices);

export function addClientOptions(command: Command): Command {
  return command
    .addOption(chosen('--type <type>', 'what it is', CLIENT_TYPES).makeOptionMandatory())
    .requiredOption('--name <name>', 'what people call it')
    .option('--redirect-uri <uri>', 'where answers go, matched exactly (repeatable)', collect)
    .option('--post-logout-redirect-uri <uri>', 'where a logout may lead (repeatable)', collect)
    .option('--allow <api=permissions>', 'permissions of an API, with commas (repeatable)', allow)
    .option('--first-party', 'one of your own: people are not asked for consent')
    .option('--owner <login>', 'who answers for it; the oldest administrator, if absent')
    .option('--scope <scopes>', 'the identity scopes it may ask for, with spaces')
    .option('--default-scope <scopes>', 'what a request without scope gets, with spaces')
    .addOption(chosen('--auth-method <method>', 'how it authenticates', AUTH_METHODS))
    .option('--jwks-file <path>', 'its public keys, for private_key_jwt')
    .option('--jwks-uri <uri>', 'where its public keys are')
    .option('--no-pkce', 'weakens: PKCE is not required of it')
    .option('--require-par', 'it must push its authorization requests')
    .option('--dpop-bound', 'its access tokens must be bound to a key')
    .addOption(
      chosen('--refresh-rotation <on|off>', 'for clients with a credential', ['on', 'off']),
    )
    .addOption(chosen('--id-token-alg <alg>', 'ES256, if absent', SIGNING_ALGS))
    .option('--acts-as <api>', 'the API that it is, to introspect the tokens made for that')
    .option('--backchannel-logout-uri <uri>', 'where it is told of a logout')
    .option('--client-uri <uri>', 'its home page')
    .option('--logo-uri <uri>', 'its logo, shown at consent; https alone')
    .option('--policy-uri <uri>', 'its privacy policy, linked at consent')
    .option('--tos-uri <uri>', 'its terms, linked at consent')
    .addOption(
      chosen(
        '--acr <level>',
        'what people must prove for it: aal2 is two factors',
        ASSURANCE_LEVELS,
      ),
    )
    .option('--initiate-login-uri <uri>', 'where it begins a sign-in anew; https alone')
    .option('--accent <colour>', 'the colour of buttons and links on its pages, as in 0a58ca')
    .option('--accent-dark <colour>', 'the same on dark pages; the nearest that does, if absent');
}

/** All but the owner, who is looked up in the database. */
export async function readNewClient(options: ClientOptions): Promise<NewClient> {
  return {
    ...pagesOf(options),
    type: options.type,
    name: options.name,
    allow: options.allow,
    firstParty: options.firstParty,
    scope: options.scope,
    defaultScope: options.defaultScope,
    redirectUris: options.redirectUri,
    postLogoutRedirectUris: options.postLogoutRedirectUri,
    tokenEndpointAuthMethod: options.authMethod,
    jwks: options.jwksFile === undefined ? undefined : await readKeySet(options.jwksFile),
    jwksUri: options.jwksUri,
    requirePkce: options.pkce ? undefined : false,
    requirePushedAuthorizationRequests: options.requirePar,
    dpopBoundAccessTokens: options.dpopBound,
    rotateRefreshTokens: options.refreshRotation && options.refreshRotation === 'on',
    idTokenSignedResponseAlg: options.idTokenAlg,
    actsAsApi: options.actsAs,
    backchannelLogoutUri: options.backchannelLogoutUri,
    defaultAcrValues: options.acr && [acrOf(levelNamed(options.acr))],
    initiateLoginUri: options.initiateLoginUri,
  };
}

function pagesOf({ clientUri, logoUri, policyUri, tosUri, accent, accentDark }: ClientOptions) {
  const colours = { accentColor: accent, accentColorDark: accentDark };
  return { clientUri, logoUri, policyUri, tosUri, ...colours };
}

/** `urn:example:orders=orders:read,orders:write`; the last = separates, since an identifier may hold one. */
function allow(text: string, before: { api: string; permissions: string[] }[] = []) {
  const at = text.lastIndexOf('=');
  const permissions = text
    .slice(at + 1)
    .split(',')
    .filter(Boolean);
  if (at < 1 || permissions.length === 0) {
    throw new InvalidArgumentError('It must be an API, =, and permissions separated by commas.');
  }
  return [...before, { api: text.slice(0, at), permissions }];
}

/** RFC 7517 §5; a private key has no business here. */
const publicKeySet = z.object({ keys: z.array(z.custom<JWK>(isPublicKey)).min(1) });

function isPublicKey(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null && 'kty' in value;
  return isObject && ['EC', 'RSA', 'OKP'].includes(String(value.kty)) && !('d' in value);
}

async function readKeySet(path: string): Promise<JSONWebKeySet> {
  const parsed = publicKeySet.safeParse(await readJson(path));
  if (!parsed.success) throw usageFault(`--jwks-file: ${path} is no JWK Set of public keys.`);
  return parsed.data;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw usageFault(`--jwks-file: ${path} cannot be read as JSON.`, { cause });
  }
}
