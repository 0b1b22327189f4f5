// What exists on every subject that speaks the protocol: one API, a service, a web application, and people.
import type { SecurityKey } from '../test/support/security-key.ts';

export const ORDERS = 'urn:example:orders';
export const ORDERS_READ = 'orders:read';
export const CALLBACK = 'https://app.example.com/callback';
export const IDENTITY = 'openid profile';

export interface Credentials {
  id: string;
  secret: string;
}

export interface Person {
  login: string;
  password: string;
}

export interface Fixture {
  /** May fetch tokens for the API with client_credentials. */
  service: Credentials;
  /** A confidential web application, its refresh tokens rotated. */
  web: Credentials;
  people: Person[];
  /** Of as many people who have nothing else to sign in with. */
  passkeys: SecurityKey[];
}

/** Of the bare provider, which has them in its configuration and asks nobody for a password. */
export const BARE_FIXTURE: Fixture = {
  service: { id: 'nightly', secret: 'nightly-secret-of-the-bare-provider' },
  web: { id: 'notes', secret: 'notes-secret-of-the-bare-provider' },
  people: people(100),
  passkeys: [],
};

export function people(count: number): Person[] {
  return Array.from({ length: count }, (_, index) => ({
    login: `person-${index}`,
    password: `correct horse battery staple ${index}`,
  }));
}
