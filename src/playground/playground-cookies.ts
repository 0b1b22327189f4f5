import type { Clock } from '../foundation/clock.ts';
import {
  openState,
  PENDING,
  PENDING_SECONDS,
  type PendingLogin,
  SECRET,
  sealState,
  SECRET_SECONDS,
  type ShortLivedSecret,
} from './playground-state.ts';

export interface CookieJar {
  cookies: {
    get(name: string, options: { signed: boolean }): string | undefined;
    set(name: string, value: string | null, options: object): unknown;
  };
}

interface Deps {
  config: { issuer: string };
  clock: Clock;
  /** Derived for the playground. */
  key: Buffer;
}

/** The playground's two cookies, which no script and no other site can read, and no other path is sent. */
export interface PlaygroundCookies {
  /** The login under way in this browser: the newest, since there is one cookie. */
  readPending(jar: CookieJar): PendingLogin | undefined;
  keepPending(jar: CookieJar, login: PendingLogin): void;
  forgetPending(jar: CookieJar): void;
  /** The secret for that client, while it works. */
  readSecret(jar: CookieJar, clientId: string): string | undefined;
  keepSecret(jar: CookieJar, secret: ShortLivedSecret): void;
}

export function playgroundCookies({ config, clock, key }: Deps): PlaygroundCookies {
  const secure = config.issuer.startsWith('https:');
  const prefix = secure ? '__Secure-' : '';
  const names = {
    pending: `${prefix}latchkey_playground`,
    secret: `${prefix}latchkey_playground_secret`,
  };
  const options = { signed: false, httpOnly: true, sameSite: 'lax', secure, path: '/playground' };
  const now = () => clock.now().getTime();

  return {
    readPending({ cookies }) {
      const login = openState(key, PENDING, cookies.get(names.pending, { signed: false }));
      return login && login.expiresAt > now() ? login : undefined;
    },
    keepPending({ cookies }, login) {
      const maxAge = PENDING_SECONDS * 1000;
      cookies.set(names.pending, sealState(key, PENDING, login), { ...options, maxAge });
    },
    forgetPending({ cookies }) {
      cookies.set(names.pending, null, options);
    },
    readSecret({ cookies }, clientId) {
      const kept = openState(key, SECRET, cookies.get(names.secret, { signed: false }));
      return kept?.clientId === clientId && kept.expiresAt > now() ? kept.secret : undefined;
    },
    keepSecret({ cookies }, secret) {
      const maxAge = SECRET_SECONDS * 1000;
      cookies.set(names.secret, sealState(key, SECRET, secret), { ...options, maxAge });
    },
  };
}
