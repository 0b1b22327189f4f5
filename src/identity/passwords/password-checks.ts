// Everything that a new password has to pass, in the order of what it costs.
import type { Config } from '../../config.ts';
import type { Logger } from '../../operations/log.ts';
import { type BreachCheck, createBreachCheck } from './breached-passwords.ts';
import { isListedPassword } from './common-password-list.ts';
import { type PasswordFault, passwordFault } from './password-faults.ts';
import { findPasswordFaultCode, type PasswordOwner } from './password-policy.ts';
import { passwordLength, readPassword } from './password-text.ts';

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
  isLongEnoughAlone(password: string): boolean;
  /** Whether it is in the list at hand of what attackers try; nobody else is asked. */
  isListed(password: string): Promise<boolean>;
}

interface Deps {
  config: Pick<
    Config,
    | 'issuerUrl'
    | 'brandName'
    | 'passwordMinCharacters'
    | 'passwordMinCharactersWithSecondFactor'
    | 'passwordBreachCheckUrl'
    | 'insecurePrivateAddresses'
  >;
  log: Pick<Logger, 'warn'>;
}

export function createPasswordChecks({ config, log }: Deps): PasswordChecks {
  const breaches = createBreachCheck({ config, log });
  const serviceNames = [SERVICE_NAME, config.brandName, config.issuerUrl?.hostname ?? ''];
  const minimum = {
    alone: config.passwordMinCharacters,
    'with-second-factor': config.passwordMinCharactersWithSecondFactor,
  };
  return {
    minCharacters: minimum,
    async findFault(password, owner, use) {
      const minCharacters = minimum[use];
      const context = { owner, serviceNames, minCharacters };
      const code =
        findPasswordFaultCode(password, context) ?? (await findEntry(breaches, password));
      return code && passwordFault(code, { minCharacters });
    },
    isLongEnoughAlone: (password) => passwordLength(readPassword(password) ?? '') >= minimum.alone,
    isListed: (password) => isListedPassword(readPassword(password) ?? ''),
  };
}

/** Its entry in what is known of other people's passwords; the list that is at hand first. */
async function findEntry(
  breaches: BreachCheck,
  text: string,
): Promise<PasswordFault['code'] | undefined> {
  const password = readPassword(text) ?? '';
  if (await isListedPassword(password)) return 'password_common';
  return (await breaches.includes(password)) ? 'password_breached' : undefined;
}
