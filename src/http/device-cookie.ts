// Remembers in a browser, for a long time, that a person has signed in in it: "device cookies" (OWASP, "Slow Down Online
// Guessing Attacks with Device Cookies"). It signs nobody in and names nobody. Each entry is a random mark and the HMAC of
// the mark, its end and the person; so one that belongs to somebody else, or was made up, is as good as none.
import { createHmac, randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import type { Config } from '../config.ts';
import type { Clock } from '../foundation/clock.ts';
import { isSameSecret } from '../foundation/secrets.ts';

export interface DeviceCookieDeps {
  config: Pick<Config, 'issuer'>;
  clock: Clock;
  /** 32 bytes, the same on every node. */
  deviceKey: Buffer;
}

/** The mark of this browser for the person, if that person has signed in in it. */
export type DeviceMarks = (userId: string) => string | undefined;

const DAY_SECONDS = 86_400;
/** Browsers keep no cookie for longer (RFC 6265bis §5.5). */
const KEPT_SECONDS = 400 * DAY_SECONDS;
const MOST_PEOPLE = 5;
const ENTRY = /^([\w-]{22})\.(\d{1,12})\.([\w-]{43})$/;

export function deviceMarks(deps: DeviceCookieDeps, ctx: Context): DeviceMarks {
  const entries = entriesOf(deps, ctx);
  return (userId) => entries.find((entry) => belongsTo(deps, entry, userId))?.mark;
}

/** Call it when somebody has proved who they are. The mark, which it answers, stays as it was; its time begins anew. */
export function rememberDevice(deps: DeviceCookieDeps, ctx: Context, userId: string): string {
  const entries = entriesOf(deps, ctx);
  const known = entries.find((entry) => belongsTo(deps, entry, userId));
  const mark = known?.mark ?? randomBytes(16).toString('base64url');
  const until = nowSeconds(deps) + KEPT_SECONDS;
  const own = { mark, until, proof: proofOf(deps, { mark, until }, userId) };
  const kept = [own, ...entries.filter((entry) => entry !== known)].slice(0, MOST_PEOPLE);

  const { name, secure } = cookieOf(deps);
  ctx.cookies.set(name, kept.map((one) => `${one.mark}.${one.until}.${one.proof}`).join('~'), {
    signed: false, // each entry is
    httpOnly: true,
    sameSite: 'lax',
    secure,
    path: '/',
    maxAge: KEPT_SECONDS * 1000,
  });
  return mark;
}

interface Unproved {
  mark: string;
  /** Epoch seconds. */
  until: number;
}

interface Entry extends Unproved {
  proof: string;
}

/** Those that have not ended, as the browser sent them: whose they are is not known yet. */
function entriesOf(deps: DeviceCookieDeps, ctx: Context): Entry[] {
  const cookie = ctx.cookies.get(cookieOf(deps).name, { signed: false }) ?? '';
  return cookie
    .split('~', MOST_PEOPLE)
    .flatMap((text) => {
      const [, mark, until, proof] = ENTRY.exec(text) ?? [];
      return mark && until && proof ? { mark, until: Number(until), proof } : [];
    })
    .filter(({ until }) => until > nowSeconds(deps));
}

function belongsTo(deps: DeviceCookieDeps, entry: Entry, userId: string): boolean {
  return isSameSecret(entry.proof, proofOf(deps, entry, userId));
}

function proofOf(
  { deviceKey }: DeviceCookieDeps,
  { mark, until }: Unproved,
  userId: string,
): string {
  return createHmac('sha256', deviceKey).update(`${mark}.${until}.${userId}`).digest('base64url');
}

function cookieOf({ config }: DeviceCookieDeps) {
  const secure = config.issuer.startsWith('https:');
  return { name: secure ? '__Host-latchkey_device' : 'latchkey_device', secure };
}

const nowSeconds = ({ clock }: DeviceCookieDeps) => Math.floor(clock.now().getTime() / 1000);
