// Who may open an account here: a question of the settings and the address alone.
import type { Config } from '../../config.ts';
import { DomainError } from '../../foundation/errors.ts';

export type Openness = Pick<Config, 'registration' | 'registrationDomains'>;

/** Whether people may open an account by themselves, if not with every address. */
export function isSelfService({ registration }: Pick<Config, 'registration'>): boolean {
  return registration === 'open' || registration === 'domain';
}

/** @throws DomainError `forbidden` `registration_closed`; `invalid` `email_domain_closed` */
export function assertMayRegister(openness: Openness, email: string): void {
  if (!isSelfService(openness)) throw registrationClosed();
  const { registration, registrationDomains } = openness;
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  if (registration === 'open' || registrationDomains.includes(domain)) return;

  const message = `Accounts are for addresses at ${registrationDomains.join(', ')}.`;
  throw new DomainError('invalid', 'email_domain_closed', message, {
    values: { domains: registrationDomains.join(', ') },
  });
}

export function registrationClosed(): DomainError {
  const message = 'No accounts are opened here. Ask whoever runs this service.';
  return new DomainError('forbidden', 'registration_closed', message);
}
