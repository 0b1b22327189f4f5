// Who has signed in in this browser, for the page that lets a person choose: ids alone, and sealed, so that nobody makes
// one up to learn a name, or reads from a browser who uses it. It signs nobody in and proves nothing.
import type { Context } from 'koa';
import * as z from 'zod';
import type { Config } from '../config.ts';
import { seal, unseal } from '../storage/sealed-value.ts';

export interface KnownAccountDeps {
  config: Pick<Config, 'issuer'>;
  /** 32 bytes, the same on every node. */
  knownAccountsKey: Buffer;
}

const KEPT_SECONDS = 90 * 86_400;
const MOST = 5;
const CONTEXT = 'known accounts';

const userIds = z.array(z.uuid()).max(MOST);

/** The last one first; nobody, where the cookie is not ours. */
export function knownAccounts(deps: KnownAccountDeps, ctx: Context): string[] {
  const cookie = ctx.cookies.get(cookieOf(deps).name, { signed: false });
  if (!cookie) return [];
  try {
    return userIds.parse(JSON.parse(unseal(deps.knownAccountsKey, cookie, CONTEXT)));
  } catch {
    return []; // made up, of another key, or of another time
  }
}

/** Call it when somebody has signed in, with all that was asked of them. */
export function rememberAccount(deps: KnownAccountDeps, ctx: Context, userId: string): void {
  const others = knownAccounts(deps, ctx).filter((id) => id !== userId);
  keep(deps, ctx, [userId, ...others].slice(0, MOST));
}

export function forgetAccount(deps: KnownAccountDeps, ctx: Context, userId: string): void {
  keep(
    deps,
    ctx,
    knownAccounts(deps, ctx).filter((id) => id !== userId),
  );
}

function keep(deps: KnownAccountDeps, ctx: Context, ids: readonly string[]): void {
  const { name, secure } = cookieOf(deps);
  ctx.cookies.set(name, seal(deps.knownAccountsKey, JSON.stringify(ids), CONTEXT), {
    signed: false, // sealed
    httpOnly: true,
    sameSite: 'lax',
    secure,
    path: '/',
    maxAge: KEPT_SECONDS * 1000,
  });
}

function cookieOf({ config }: KnownAccountDeps) {
  const secure = config.issuer.startsWith('https:');
  return { name: secure ? '__Host-latchkey_accounts' : 'latchkey_accounts', secure };
}
