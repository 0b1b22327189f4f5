// What is filled in for a new account, and what is wrong with it: every fault at once, each by the name of its field.
// Whether an address has an account is no fault, and not looked at.
import * as z from 'zod';
import { DomainError, type Told } from '../../foundation/errors.ts';
import { termsInForce } from '../terms/terms.ts';
import { findNewUserFaults, type NewPasswordDeps } from '../users/new-user.ts';
import { assertMayRegister, type Openness } from './openness.ts';

/** What else is in the body goes unread. */
export const registrationFields = {
  csrf: z.string().optional(),
  email: z.string().max(320).default(''),
  name: z.string().max(320).default(''),
  password: z.string().max(4096).default(''),
  /** The version of the terms whose box was ticked. */
  terms: z.string().max(60).optional(),
};

interface Filled {
  email: string;
  name: string;
  password: string;
  terms?: string | undefined;
}

export interface FormDeps extends Pick<NewPasswordDeps, 'passwordChecks'> {
  config: Openness & TermsSettings;
}

type TermsSettings = Parameters<typeof termsInForce>[0];

/** By input name; `form` for what belongs to none. */
export type RegistrationFaults = Record<string, Told>;

export async function findRegistrationFaults(
  deps: FormDeps,
  filled: Filled,
): Promise<RegistrationFaults> {
  return {
    ...findDomainFault(deps.config, filled.email.trim()),
    ...(await findFieldFaults(deps, filled)),
  };
}

/** As above, of an address that is given: not of the form's. */
export async function findFieldFaults(
  deps: FormDeps,
  { email, name, password, terms }: Filled,
): Promise<RegistrationFaults> {
  const refusals = await findNewUserFaults(deps, { login: email, email, name, password });
  const named = refusals
    .map((refusal) => [fieldOf(refusal), refusal] as const)
    .filter(([field]) => field !== 'login');
  return {
    ...Object.fromEntries(named),
    ...(email.trim() === '' && { email: EMAIL_MISSING }),
    ...(password === '' && { password: PASSWORD_MISSING }),
    ...(terms !== termsInForce(deps.config)?.version && { terms: TERMS_MISSING }),
  };
}

/** A refusal that the form can mend, as its fault; nothing for any other error. */
export function registrationFaultsOf(error: unknown): RegistrationFaults | undefined {
  if (!(error instanceof DomainError) || !MENDABLE.has(error.refusal)) return undefined;
  const field = fieldOf(error);
  return { [FIELDS.has(field) ? field : 'form']: error };
}

const MENDABLE = new Set(['invalid', 'conflict', 'too-many']);
const FIELDS = new Set(['email', 'name', 'password', 'terms']);

const EMAIL_MISSING = { code: 'email_missing', message: 'Type your email address.' };
const PASSWORD_MISSING = { code: 'password_missing', message: 'Choose a password.' };
const TERMS_MISSING = { code: 'terms_missing', message: 'Accept the terms of service, or leave.' };

function findDomainFault(config: Openness, email: string): RegistrationFaults {
  try {
    assertMayRegister(config, email);
    return {};
  } catch (error) {
    if (error instanceof DomainError && error.refusal === 'invalid') return { email: error };
    throw error;
  }
}

/** The refusal's code starts with it. */
function fieldOf({ code }: DomainError): string {
  return code.split('_', 1)[0] ?? '';
}
