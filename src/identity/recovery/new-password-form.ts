// What is filled in for a new password, and what is wrong with it: each fault by the name of its field.
import * as z from 'zod';
import type { Told } from '../../foundation/errors.ts';
import type { PasswordChecks, PasswordUse } from '../passwords/password-checks.ts';
import type { PasswordOwner } from '../passwords/password-policy.ts';

export const newPasswordForm = z.object({
  csrf: z.string().optional(),
  password: z.string().max(4096).default(''),
  passwordAgain: z.string().max(4096).default(''),
});

type NewPasswordForm = z.output<typeof newPasswordForm>;

export interface NewPasswordFaults {
  password?: Told;
  passwordAgain?: Told;
}

export async function findNewPasswordFaults(
  { passwordChecks }: { passwordChecks: PasswordChecks },
  { password, passwordAgain }: NewPasswordForm,
  { owner, use }: { owner: PasswordOwner; use: PasswordUse },
): Promise<NewPasswordFaults> {
  const faults = {
    ...(password !== passwordAgain && { passwordAgain: againFault(passwordAgain) }),
  };
  if (password === '') return { ...faults, password: MISSING };

  const refused = await passwordChecks.findFault(password, owner, use);
  return { ...faults, ...(refused && { password: refused }) };
}

const MISSING = { code: 'password_missing', message: 'Choose a password.' };
const AGAIN_MISSING = { code: 'passwordAgain_missing', message: 'Type the password again.' };
const DIFFERENT = { code: 'password_differs', message: 'This is not the same password.' };

function againFault(passwordAgain: string): Told {
  return passwordAgain === '' ? AGAIN_MISSING : DIFFERENT;
}
