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

/** Without a password, nor what was to be done about it; a sign-in with it that has got no further ends. Answers whether there is such a person, who is not disabled. */
export async function setBack(db: Db, userId: string, before: Before): Promise<boolean> {
  const { count } = await db.user.updateMany({
    where: { id: userId, disabledAt: null },
    data: {
      ...before,
      passwordHash: null,
      passwordNeedsFactor: false,
      passwordChangeRequiredAt: null,
      credentialsVersion: { increment: 1 },
    },
  });
  return count === 1;
}
