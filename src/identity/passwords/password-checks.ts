// Everything that a new password has to pass, in the order of what it costs.
import type { Config } from '../../config.ts';
import { isListedPassword } from './common-password-list.ts';
import { type PasswordFault, passwordFault } from './password-faults.ts';
import { findPasswordFaultCode, type PasswordOwner } from './password-policy.ts';
import { readPassword } from './password-text.ts';

const SERVICE_NAME = 'latchkey';

/** What the password has to prove: that it is this person, or only beside a second factor. */
export type PasswordUse = 'alone' | 'with-second-factor';

export interface PasswordChecks {
  readonly minCharacters: Readonly<Record<PasswordUse, number>>;
  /** Why this must not become the owner's password; nothing when it may. */
  findFault(
    password: string,
    owner: PasswordOwner,
    use: PasswordUse,
  ): Promise<PasswordFault | undefined>;
}

interface Deps {
  config: Pick<
    Config,
    'issuerUrl' | 'passwordMinCharacters' | 'passwordMinCharactersWithSecondFactor'
  >;
}

export function createPasswordChecks({ config }: Deps): PasswordChecks {
  const serviceNames = [SERVICE_NAME, config.issuerUrl?.hostname ?? ''];
  const minimum = {
    alone: config.passwordMinCharacters,
    'with-second-factor': config.passwordMinCharactersWithSecondFactor,
  };
  return {
    minCharacters: minimum,
    async findFault(password, owner, use) {
      const minCharacters = minimum[use];
      const context = { owner, serviceNames, minCharacters };
      const code = findPasswordFaultCode(password, context) ?? (await findListing(password));
      return code && passwordFault(code, { minCharacters });
    },
  };
}

async function findListing(password: string): Promise<PasswordFault['code'] | undefined> {
  return (await isListedPassword(readPassword(password) ?? '')) ? 'password_common' : undefined;
}
