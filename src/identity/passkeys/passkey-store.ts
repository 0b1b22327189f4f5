import type { Db } from '../../storage/database.ts';
import type { Passkey } from '../../storage/generated/sqlite/client.ts';
import type { User } from '../users/users.ts';

export type PasskeyOfUser = Passkey & { user: User };
export type NewPasskeyRow = Omit<Passkey, 'id' | 'lastUsedAt'>;

export function findByCredentialId(db: Db, credentialId: string): Promise<PasskeyOfUser | null> {
  return db.passkey.findUnique({
    where: { credentialId },
    include: { user: { omit: { passwordHash: true } } },
  });
}

/** How browsers are told of one (PublicKeyCredentialDescriptorJSON). */
export const toDescriptor = ({ credentialId, transports }: Passkey) => ({
  type: 'public-key',
  id: credentialId,
  transports: transports === '' ? [] : transports.split(' '),
});

/** The newest first. */
export function listOf(db: Db, userId: string): Promise<Passkey[]> {
  return db.passkey.findMany({
    where: { userId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
}

/** @throws the database's error when somebody has that credential */
export function insert(db: Db, passkey: NewPasskeyRow): Promise<Passkey> {
  return db.passkey.create({ data: passkey });
}

/** Answers false when the counter is not beyond the newest one that was seen, unless the authenticator never counts. */
export async function recordUse(
  db: Db,
  id: string,
  { counter, backedUp, at }: { counter: number; backedUp: boolean; at: Date },
): Promise<boolean> {
  const { count } = await db.passkey.updateMany({
    where: { id, counter: counter === 0 ? 0 : { lt: counter } },
    data: { counter, backedUp, lastUsedAt: at },
  });
  return count === 1;
}

/** Answers whether the person has that passkey. */
export async function rename(
  db: Db,
  { id, userId }: Pick<Passkey, 'id' | 'userId'>,
  name: string,
): Promise<boolean> {
  const { count } = await db.passkey.updateMany({ where: { id, userId }, data: { name } });
  return count === 1;
}

/**
 * Waits for its turn at the passkeys of the person, until the end of the transaction: of two who each take one away, the
 * second finds out what the first left.
 */
/** Only where a password or another passkey is left to sign in with. Answers whether it is gone. */
export async function removeUnlessLast(
  db: Db,
  { id, userId }: Pick<Passkey, 'id' | 'userId'>,
): Promise<boolean> {
  const others = { passkeys: { some: { id: { not: id } } } };
  const { count } = await db.passkey.deleteMany({
    where: { id, userId, user: { OR: [{ passwordHash: { not: null } }, others] } },
  });
  return count === 1;
}

export async function exists(
  db: Db,
  { id, userId }: Pick<Passkey, 'id' | 'userId'>,
): Promise<boolean> {
  return (await db.passkey.count({ where: { id, userId } })) > 0;
}
