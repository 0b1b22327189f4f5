// How often a device may ask whether its person has answered (RFC 8628 §3.5), which the provider does not watch. One
// that asks before its interval is over is told slow_down instead of authorization_pending, and its interval grows.
// An answer that is there is given however soon it is asked for, so a poll that succeeds costs nothing.
//
// The last poll is a row of its own: the browser that approves writes the device code's. Of polls in parallel the
// database takes one, whichever node they reach.
import { errors, Provider } from 'oidc-provider';
import type { Clock } from '../../foundation/clock.ts';
import { hashSecret } from '../../foundation/secrets.ts';
import type { Database } from '../../storage/database.ts';
import { findPoll, insertPoll, type Poll, replacePoll } from './device-poll-store.ts';

const INTERVAL_SECONDS = 5;
const STEP_SECONDS = 5;
/** Requests do not all travel equally fast. */
const LEEWAY_MILLISECONDS = 500;

interface Deps {
  db: Database;
  clock: Clock;
}

type DeviceCode = InstanceType<Provider['DeviceCode']>;
type Find = (deviceCode: string, options?: object) => Promise<DeviceCode | undefined>;

export function overrideDevicePolling(provider: Provider, deps: Deps): void {
  const { DeviceCode } = provider;
  const inherited: Find = Reflect.get(DeviceCode, 'find');
  const find: Find = async (deviceCode, options) => {
    const code = await inherited.call(DeviceCode, deviceCode, options);
    if (code && isWaitedFor(code)) await takePoll(deps, code);
    return code;
  };
  Object.assign(DeviceCode, { find });

  provider.on('device_authorization.success', (_, body) => {
    body['interval'] = INTERVAL_SECONDS;
  });
}

/** Whether it is the device that asks, and the provider is about to answer authorization_pending. */
function isWaitedFor({ clientId, accountId, error, isExpired }: DeviceCode): boolean {
  const oidc = Provider.ctx?.oidc;
  if (oidc?.route !== 'token' || oidc.client?.clientId !== clientId) return false;
  return !accountId && !error && !isExpired;
}

/** @throws SlowDown */
async function takePoll({ db, clock }: Deps, { jti, exp = 0 }: DeviceCode): Promise<void> {
  const id = hashSecret(`device poll:${jti}`);
  const last = await findPoll(db, id);
  const { isHurried, poll } = nextPoll(clock.now(), last);

  const isTaken = last
    ? await replacePoll(db, { id, last, poll })
    : await insertPoll(db, { id, poll, expiresAt: new Date(exp * 1000) });
  if (isHurried || !isTaken) throw new errors.SlowDown();
}

function nextPoll(at: Date, last: Poll | undefined): { isHurried: boolean; poll: Poll } {
  if (!last) return { isHurried: false, poll: { at, intervalSeconds: INTERVAL_SECONDS } };

  const waitedMs = at.getTime() - last.at.getTime();
  const isHurried = waitedMs < last.intervalSeconds * 1000 - LEEWAY_MILLISECONDS;
  const intervalSeconds = last.intervalSeconds + (isHurried ? STEP_SECONDS : 0);
  return { isHurried, poll: { at, intervalSeconds } };
}
