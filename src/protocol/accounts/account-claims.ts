import type { Account as ProviderAccount, AccountClaims } from 'oidc-provider';
import type { Config } from '../../config.ts';
import {
  type Account,
  findActiveAccount,
  findActiveAccounts,
  findPresentAccount,
  ifActive,
} from './account-store.ts';
import type { Db } from '../../storage/database.ts';
import { claimsOfDetails, findDetails } from '../../identity/profiles/profiles.ts';
import { userInContext } from '../token-context.ts';

/** Which scope opens which claims (OpenID Connect Core §5.4). */
export const CLAIMS_OF_SCOPE = {
  openid: ['sub', 'auth_time', 'acr', 'amr'],
  profile: [
    'name',
    'given_name',
    'family_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
};

/** The scopes whose claims are kept beside the person. */
const DETAILED = ['profile', 'address', 'phone'];

/** Whom a page speaks to, unless the account is gone or disabled. */
export function findProfile(db: Db, id: string): Promise<Account | undefined> {
  return findPresentAccount(db, id);
}

export type Profile = Account;

/** Of several people, those whose accounts are available. */
export async function findProfiles(db: Db, ids: readonly string[]): Promise<Profile[]> {
  return ids.length === 0 ? [] : findActiveAccounts(db, ids);
}

/** The provider's `findAccount`: a user who is missing, disabled or leaving ends the token or session that named it. */
export async function findAccount(
  { db, config: { issuer } }: { db: Db; config: Pick<Config, 'issuer'> },
  id: string,
  token?: { amr?: readonly string[] | undefined },
): Promise<ProviderAccount | undefined> {
  const read = userInContext(id);
  const account = read === undefined ? await findActiveAccount(db, id) : ifActive(read);
  if (!account) return undefined;

  const amr = token?.amr;
  const found: ProviderAccount = {
    accountId: account.id,
    async claims(use, scope) {
      if (use === 'id_token') return { ...claimsOf(account), ...(amr && { amr }) };

      const asked = scope.split(' ').some((one) => DETAILED.includes(one));
      const details = asked ? await findDetails({ db }, account) : undefined;
      return { ...(details && claimsOfDetails(details, issuer)), ...claimsOf(account) };
    },
  };
  rows.set(found, account);
  return found;
}

const rows = new WeakMap<ProviderAccount, Account>();

/** What the provider's account was made of, so that it need not be read again. */
export const accountBehind = (account: ProviderAccount): Account | undefined => rows.get(account);

function claimsOf(account: Account): AccountClaims {
  const { id, login, name, locale, email, emailVerified, updatedAt } = account;
  return {
    sub: id,
    preferred_username: login,
    updated_at: Math.floor(updatedAt.getTime() / 1000),
    ...(name && { name }),
    ...(locale && { locale }),
    ...(email && { email, email_verified: emailVerified }),
  };
}
