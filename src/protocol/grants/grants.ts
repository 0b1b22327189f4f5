import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import { newSecret } from '../../foundation/secrets.ts';
import type { Db } from '../../storage/database.ts';
import { grantSeconds } from '../token-lifetimes.ts';
import { grantOfAnswer } from './grant-payload.ts';
import { deleteGrantsOf, saveGrant } from './grant-store.ts';
import type { Answer } from './scopes.ts';

interface Deps {
  clock: Clock;
  config: Config;
}

interface NewGrant {
  clientId: string;
  accountId: string;
  answer: Answer;
}

/** A grant of its own for one session, so that ending it ends nothing elsewhere. @returns its id */
export async function openGrant(
  tx: Db,
  { clock, config }: Deps,
  { clientId, accountId, answer }: NewGrant,
): Promise<string> {
  const id = newSecret();
  const iat = Math.floor(clock.now().getTime() / 1000);
  await saveGrant(tx, id, {
    ...grantOfAnswer(answer),
    accountId,
    clientId,
    iat,
    exp: iat + grantSeconds(config),
  });
  return id;
}

/** Ends grants of one person's, and with them their codes and tokens; those of others stay, whatever is named. */
export function endGrants(tx: Db, of: { userId: string; ids: string[] }): Promise<void> {
  return deleteGrantsOf(tx, of);
}
