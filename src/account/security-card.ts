// What a person signs in with, for the overview of their account. It only reads.
import type { SecurityCard } from '../http/account-views.ts';
import type { Language } from '../http/language.ts';
import { listOwnPasskeys } from '../identity/passkeys/own-passkeys.ts';
import { readOwnFactors } from '../identity/second-factors/own-factors.ts';
import { hasPassword } from '../identity/users/credentials.ts';
import type { User } from '../identity/users/users.ts';
import { findLastEvent } from '../operations/audit/own-events.ts';
import type { Db } from '../storage/database.ts';

/** From that few recovery codes on, the pages say so. */
export const FEW_CODES = 2;

export async function readSecurityCard(
  { db }: { db: Db },
  user: User,
  language: Language,
): Promise<SecurityCard> {
  const [isSet, lastSet, { authenticatorSince, codesLeft }, passkeys] = await Promise.all([
    hasPassword({ db }, user),
    findLastEvent(db, { userId: user.id, type: 'user.password_set' }),
    readOwnFactors({ db }, user.id),
    listOwnPasskeys({ db }, user.id),
  ]);
  const { say } = language;
  const hasSecond = authenticatorSince !== undefined || passkeys.length > 0;
  const since = (date: Date) => say('account.overview.since', { moment: language.moment(date) });
  return {
    password: isSet ? since(lastSet?.at ?? user.createdAt) : say('account.overview.no-password'),
    authenticator: authenticatorSince
      ? since(authenticatorSince)
      : say('account.overview.no-authenticator'),
    passkeys: say('account.overview.passkey-count', { count: passkeys.length }),
    recoveryCodes: hasSecond ? say('account.recovery-codes.left', { count: codesLeft }) : '',
    fewCodes: hasSecond && codesLeft <= FEW_CODES,
  };
}
