import type { Account as ProviderAccount, AccountClaims } from 'oidc-provider';
import { type Account, findActiveAccount, findActiveAccounts, ifActive } from './account-store.ts';
import type { Db } from '../../storage/database.ts';
import { userInContext } from '../token-context.ts';

/** Which scope opens which claims (OpenID Connect Core §5.4). */
export const CLAIMS_OF_SCOPE = {
  openid: ['sub', 'auth_time', 'acr', 'amr'],
  profile: ['name', 'preferred_username', 'updated_at'],
  email: ['email', 'email_verified'],
};

/** Whom a page speaks to, unless the account is gone or disabled. */
export function findProfile(db: Db, id: string): Promise<Account | undefined> {
  return findActiveAccount(db, id);
}

export type Profile = Account;

/** Of several people, those whose accounts are available. */
export async function findProfiles(db: Db, ids: readonly string[]): Promise<Profile[]> {
  return ids.length === 0 ? [] : findActiveAccounts(db, ids);
}

/** The provider's `findAccount`: a missing or disabled user ends the token or session that named it. */
export async function findAccount(
  db: Db,
  id: string,
  token?: { amr?: readonly string[] | undefined },
): Promise<ProviderAccount | undefined> {
  const read = userInContext(id);
  const account = read === undefined ? await findActiveAccount(db, id) : ifActive(read);
  if (!account) return undefined;

  const amr = token?.amr;
  const found: ProviderAccount = {
    accountId: account.id,
    claims: (use) => ({ ...claimsOf(account), ...(use === 'id_token' && amr && { amr }) }),
  };
  rows.set(found, account);
  return found;
}

const rows = new WeakMap<ProviderAccount, Account>();

/** What the provider's account was made of, so that it need not be read again. */
export const accountBehind = (account: ProviderAccount): Account | undefined => rows.get(account);

function claimsOf({ id, login, name, email, emailVerified, updatedAt }: Account): AccountClaims {
  return {
    sub: id,
    preferred_username: login,
    updated_at: Math.floor(updatedAt.getTime() / 1000),
    ...(name && { name }),
    ...(email && { email, email_verified: emailVerified }),
  };
}
