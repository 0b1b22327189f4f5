// What is filled in at setup, and what is wrong with it: every fault at once, each by the name of its field.
import * as z from 'zod';
import { DomainError, type Told } from '../../foundation/errors.ts';
import { findNewUserFaults, type NewPasswordDeps } from '../users/new-user.ts';

export const setupForm = z.object({
  csrf: z.string().optional(),
  login: z.string().max(320).default(''),
  email: z.string().max(320).default(''),
  name: z.string().max(320).default(''),
  password: z.string().max(4096).default(''),
  passwordAgain: z.string().max(4096).default(''),
});

export type SetupForm = z.output<typeof setupForm>;

/** By input name; `form` for what belongs to none. */
export type SetupFaults = Record<string, Told>;

/** What can be told without looking at who is there. */
export async function findSetupFaults(
  deps: Pick<NewPasswordDeps, 'passwordChecks'>,
  form: SetupForm,
): Promise<SetupFaults> {
  const { login, email, name, password, passwordAgain } = form;
  const refusals = await findNewUserFaults(deps, { login, email, name, password });
  return {
    ...(password !== passwordAgain && { passwordAgain: DIFFERENT }),
    ...Object.fromEntries(refusals.map((refusal) => [fieldOf(refusal), refusal])),
    ...findMissing(form),
  };
}

/** A refusal that the form can mend, as its fault; nothing for any other error. */
export function setupFaultsOf(error: unknown): SetupFaults | undefined {
  if (!(error instanceof DomainError) || !['invalid', 'conflict'].includes(error.refusal)) {
    return undefined;
  }
  return { [fieldOf(error)]: error };
}

const DIFFERENT = { code: 'password_differs', message: 'This is not the same password.' };

const MISSING = new Map([
  ['name', 'Type your name.'],
  ['email', 'Type your email address.'],
  ['login', 'Choose a username.'],
  ['password', 'Choose a password.'],
  ['passwordAgain', 'Type the password again.'],
]);

function findMissing(form: SetupForm): SetupFaults {
  const empty = Object.entries(form).filter(
    ([field, value]) => MISSING.has(field) && value?.trim() === '',
  );
  return Object.fromEntries(
    empty.map(([field]) => [
      field,
      { code: `${field}_missing`, message: MISSING.get(field) ?? '' },
    ]),
  );
}

/** The refusal's code starts with it. */
function fieldOf({ code }: DomainError): string {
  const field = code.split('_', 1)[0] ?? '';
  return MISSING.has(field) ? field : 'form';
}
