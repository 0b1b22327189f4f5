import type { Db } from '../../storage/database.ts';

/** Which of its two uses another person has the name in. */
export async function findUsesByOthers(
  db: Db,
  { userId, name }: { userId: string; name: string },
): Promise<{ asEmail: boolean; asLogin: boolean }> {
  const others = await db.user.findMany({
    where: { id: { not: userId }, OR: [{ email: name }, { login: name }] },
    select: { email: true, login: true },
  });
  return {
    asEmail: others.some(({ email }) => email === name),
    asLogin: others.some(({ login }) => login === name),
  };
}

interface Before {
  login?: string;
  email: string | null;
  emailVerified: boolean;
}

/** A sign-in under way, for which the password was typed already, notices by its version. */
const NO_PASSWORD = {
  passwordHash: null,
  passwordNeedsFactor: false,
  passwordChangeRequiredAt: null,
  credentialsVersion: { increment: 1 },
} as const;

/** Without a password. Answers whether there is such a person, who is not disabled. */
export async function setBack(db: Db, userId: string, before: Before): Promise<boolean> {
  const { count } = await db.user.updateMany({
    where: { id: userId, disabledAt: null },
    data: { ...before, ...NO_PASSWORD },
  });
  return count === 1;
}

/** Those that were given, or changed, from that moment on: whoever allowed it may not be the person. */
export async function removeConsentsSince(db: Db, userId: string, since: Date): Promise<void> {
  await db.consent.deleteMany({ where: { userId, updatedAt: { gte: since } } });
}
