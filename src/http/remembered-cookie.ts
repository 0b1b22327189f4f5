// The tokens of a browser that is not asked for second factors: one for each person who said so in it. Each counts with
// the browser's mark for its person alone (identity/remembered-browsers), so whose it is stands nowhere in the cookie.
import type { Context } from 'koa';
import type { Config } from '../config.ts';

interface Deps {
  config: Pick<Config, 'issuer' | 'rememberBrowserDays'>;
}

const MOST_PEOPLE = 5;
const TOKEN = /^[\w-]{43}$/;

/** As the browser sent them: whether one is good, the database knows. */
export function rememberedTokens(deps: Deps, ctx: Context): string[] {
  const cookie = ctx.cookies.get(cookieOf(deps).name, { signed: false }) ?? '';
  return cookie.split('~', MOST_PEOPLE).filter((text) => TOKEN.test(text));
}

export function keepRememberedToken(deps: Deps, ctx: Context, token: string): void {
  const { name, secure } = cookieOf(deps);
  const kept = [token, ...rememberedTokens(deps, ctx)].slice(0, MOST_PEOPLE);
  ctx.cookies.set(name, kept.join('~'), {
    signed: false, // 256 random bits each
    httpOnly: true,
    sameSite: 'lax',
    secure,
    path: '/',
    maxAge: deps.config.rememberBrowserDays * 86_400_000,
  });
}

function cookieOf({ config }: Deps) {
  const secure = config.issuer.startsWith('https:');
  return { name: secure ? '__Host-latchkey_remembered' : 'latchkey_remembered', secure };
}
