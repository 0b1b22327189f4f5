// Who is signed in at this browser, for our own pages: the provider's session, which its cookie names. There is no other
// session beside it, so what ends it ends the pages too.
import type { Context } from 'koa';
import type { LiveProvider } from '../live-provider.ts';

export interface BrowserSession {
  /** Names the session in tokens, audit events and URLs; it is no secret. */
  uid: string;
  userId: string;
  signedInAt: Date;
  /** The class of its sign-in; see assurance.ts. */
  acr: string | undefined;
  /** The grants that applications have in it. */
  grantIds: string[];
}

/** Nothing for a browser that nobody is signed in at, or whose session has ended. */
export async function findBrowserSession(
  { live }: { live: LiveProvider },
  ctx: Context,
): Promise<BrowserSession | undefined> {
  const provider = await live.current();
  const { uid, accountId, loginTs, acr, authorizations = {} } = await provider.Session.get(ctx);
  if (!accountId || loginTs === undefined) return undefined;

  return {
    uid,
    userId: accountId,
    signedInAt: new Date(loginTs * 1000),
    acr,
    grantIds: Object.values(authorizations).flatMap(({ grantId }) => grantId ?? []),
  };
}
