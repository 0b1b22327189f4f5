// How the protocol speaks of what a person proved and of what an application asks for. Values only.
import * as z from 'zod';
import { type Demand, type Factor, type Level, levelReached, type Proof } from './next-step.ts';

/** The class of each level, as `acr` names it. */
const ACR: Record<Level, string> = {
  1: 'http://idmanagement.gov/ns/assurance/aal/1',
  2: 'http://idmanagement.gov/ns/assurance/aal/2',
};

export const ACR_VALUES = Object.values(ACR);

/** Of a session or token, by its class; what has none of ours counts as the lowest. */
export const levelOf = (acr: string | undefined): Level => (acr === ACR[2] ? 2 : 1);

/** As the command line names them. */
export const ASSURANCE_LEVELS = ['aal1', 'aal2'] as const;
export type AssuranceLevel = (typeof ASSURANCE_LEVELS)[number];
export const levelNamed = (name: AssuranceLevel): Level => (name === 'aal2' ? 2 : 1);
export const nameOfLevel = (level: Level): AssuranceLevel => (level === 2 ? 'aal2' : 'aal1');
export const acrOf = (level: Level): string => ACR[level];

/**
 * RFC 8176, which has no name for a recovery code: `mfa` beside `pwd` tells of it. `mfa` is added where two factors were
 * proved. A passkey that may be on several devices is not bound to hardware that we could name.
 */
function amrOf({ by, passkey }: Proof): string[] {
  if (by === 'passkey') return [passkey?.isSynced ? 'swk' : 'hwk', 'user'];
  return AMR[by];
}

const AMR: Record<Exclude<Factor, 'passkey'>, string[]> = {
  password: ['pwd'],
  'mailed-code': ['otp'],
  totp: ['otp'],
  'recovery-code': [],
};

export interface Assurance {
  acr: string;
  amr: string[];
  /** What becomes auth_time: when the last factor was proved on these pages, and of a session that goes on, its own. */
  ts: number;
}

/**
 * @param proofs those that the sign-in rests on
 */
export function assuranceOf(proofs: readonly Proof[]): Assurance {
  const level = levelReached(proofs);
  const amr = [...proofs.flatMap(amrOf), ...(level === 2 ? ['mfa'] : [])];
  return {
    acr: ACR[level],
    amr: [...new Set(amr)],
    ts: authTimeOf(proofs),
  };
}

/** What comes after the proofs, such as terms to read, is no proof, however long it takes. */
function authTimeOf(proofs: readonly Proof[]): number {
  const before = proofs.filter((proof) => proof.in === 'session').map(({ at }) => at);
  return before.length > 0 ? Math.min(...before) : Math.max(...proofs.map(({ at }) => at));
}

/**
 * What a session says was proved: the reverse of `assuranceOf`. Of what joined a mailed code it knows passkeys alone:
 * that is on the same level either way.
 */
export function proofsOf({ amr, authTime }: { amr: readonly string[]; authTime: number }): Proof[] {
  return factorsOf(new Set(amr)).map((factor) => ({ ...factor, at: authTime, in: 'session' }));
}

function factorsOf(amr: ReadonlySet<string>): Pick<Proof, 'by' | 'passkey'>[] {
  const hasPassword = amr.has('pwd');
  const isSynced = amr.has('swk');
  if (isSynced || amr.has('hwk')) {
    const isUserVerified = amr.has('mfa') && !hasPassword;
    return [...firstOf(amr), { by: 'passkey', passkey: { isUserVerified, isSynced } }];
  }
  if (!hasPassword || !amr.has('mfa')) return firstOf(amr);
  return [...firstOf(amr), { by: amr.has('otp') ? 'totp' : 'recovery-code' }];
}

function firstOf(amr: ReadonlySet<string>): { by: Factor }[] {
  if (amr.has('pwd')) return [{ by: 'password' }];
  return amr.has('otp') ? [{ by: 'mailed-code' }] : [];
}

const acrRequest = z.object({
  essential: z.boolean().optional(),
  value: z.string().optional(),
  values: z.array(z.string()).optional(),
});

/** Of the claims parameter, what concerns the authentication. Other claims are asked for by scopes, and dropped here. */
export const authenticationClaims = z.object({
  id_token: z
    .object({
      acr: acrRequest.nullish(),
      auth_time: z.object({ essential: z.boolean().optional() }).nullish(),
      sub: z.object({ value: z.string().optional() }).nullish(),
    })
    .optional(),
});

/**
 * The level that a request asks for: of several, the lowest will do. Classes that we do not know are passed over where
 * they are a wish (`acr_values`; OpenID Connect Core §3.1.2.1), and cannot be met where one of them is essential.
 */
export function demandedLevel(params: Record<string, unknown>): Demand['level'] {
  const { essential, names } = requestedInClaims(params['claims']);
  const inClaims = lowestLevel(names);
  if (essential && names.length > 0 && !inClaims) return 'unknown';

  const wished = lowestLevel(textOf(params['acr_values']).split(' '));
  return Math.max(wished ?? 1, inClaims ?? 1) === 2 ? 2 : 1;
}

export function maxAgeOf(params: Record<string, unknown>): number | undefined {
  const age = params['max_age'];
  return age === undefined || age === '' ? undefined : Number(age);
}

function requestedInClaims(claims: unknown): { essential: boolean; names: string[] } {
  const parameter = claims ? authenticationClaims.parse(JSON.parse(textOf(claims))) : {};
  const { essential = false, value, values = [] } = parameter.id_token?.acr ?? {};
  return { essential, names: value === undefined ? values : [...values, value] };
}

/** Of classes that will do alike; nothing when we know none of them. */
export function lowestLevel(names: readonly string[]): Level | undefined {
  if (names.includes(ACR[1])) return 1;
  return names.includes(ACR[2]) ? 2 : undefined;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
