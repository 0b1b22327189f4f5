// Who may try a password, and when. A browser in which the person has signed in before counts by itself ("device
// cookies", OWASP); everybody else is a stranger, counted together at the account, and by address. So guesses of
// strangers never delay the person where they are known. An account that does not exist is counted like any other.
//
// Accounts are told apart as they were typed: were a login and its address counted together, a delay at the one would
// tell whose the other is.
import type { Clock } from '../../foundation/clock.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { ATTEMPT_DELAYS } from '../../operations/attempt-delay-table.ts';
import type { AttemptDelays, Counted, Wait } from '../../operations/attempt-delays.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { tooMany } from '../../operations/rate-counter.ts';
import type { Database } from '../../storage/database.ts';

export interface ThrottleDeps {
  db: Database;
  clock: Clock;
  attemptDelays: AttemptDelays;
}

export interface Guess {
  /** As typed, in the spelling of logins. */
  account: string;
  /** The mark of this browser, where the person has signed in in it before. */
  device: string | undefined;
  facts: RequestFacts;
}

/** An attempt that is heard. */
export interface Admission {
  /** What it was counted by beforehand: the device, or the stranger's place. */
  own: Counted;
  /** Which attempt it is there. */
  nth: number;
  /** What its failure is counted by besides. */
  wide: Counted[];
}

type Refuse = (delayed: Counted, wait: Wait) => Promise<void>;

/**
 * Counts before the password is looked at, so that attempts in parallel cannot outrun the delays.
 * @param onGuessed is told of the first refusal of each delay at the account; that of an address says little of one account
 * @throws DomainError `too-many` `rate_limited`
 */
export async function admit(
  deps: ThrottleDeps,
  guess: Guess,
  onGuessed: () => void,
): Promise<Admission> {
  const { attemptDelays } = deps;
  const [own, ...wide] = countedOf(guess);
  for (const one of [own, ...wide]) assertOpen(attemptDelays, one);

  const refuse: Refuse = async (delayed, wait) => {
    await attemptDelays.takeBack(own);
    if (wait.isFirst) {
      if (delayed.name !== 'signInByAddress') onGuessed();
      await record(deps, delayed.name, guess.facts);
    }
    throw tooMany(delayed.name, wait.ms);
  };
  const nth = await attemptDelays.add(own);
  await enter(attemptDelays, { counted: own, excess: nth - ATTEMPT_DELAYS[own.name].free }, refuse);
  if (wide.length > 0) await enterAsStranger(attemptDelays, wide, refuse);
  return { own, nth, wide };
}

/** An attempt that was not heard after all. */
export async function withdraw({ attemptDelays }: ThrottleDeps, { own }: Admission): Promise<void> {
  await attemptDelays.takeBack(own);
}

/** Only the count of the own place is forgotten: that of others at the account is not the person's to clear. */
export async function forgive({ attemptDelays }: ThrottleDeps, { own }: Admission): Promise<void> {
  await attemptDelays.forget(own);
}

export async function countFailure(
  deps: ThrottleDeps,
  { own, nth, wide }: Admission,
  facts: RequestFacts,
): Promise<void> {
  const { attemptDelays } = deps;
  const counted = wide.filter(
    ({ name }) => name !== 'signInByAccount' || nth <= ATTEMPT_DELAYS[own.name].free,
  );
  await Promise.all(
    counted.map(async (one) => {
      const failures = await attemptDelays.add(one);
      if (one.name === 'signInFailures' && failures === ATTEMPT_DELAYS.signInFailures.free)
        await record(deps, one.name, facts);
    }),
  );
}

function countedOf({ account, device, facts }: Guess): [Counted, ...Counted[]] {
  if (device) return [{ name: 'signInByDevice', key: device }];

  const { address } = facts;
  return [
    { name: 'signInByAccountAndAddress', key: [account, address] },
    { name: 'signInByAddress', key: address },
    { name: 'signInByAccount', key: account },
    { name: 'signInFailures', key: 'all' },
  ];
}

// What the node remembers costs no query, so that a flood of refused attempts costs none.
function assertOpen(attemptDelays: AttemptDelays, counted: Counted): void {
  const ms = attemptDelays.closedMs(counted);
  if (ms > 0) throw tooMany(counted.name, ms);
}

/** The wide counts are of failures, which are added later: attempts that are under way at this moment are not in them. */
async function enterAsStranger(
  attemptDelays: AttemptDelays,
  wide: Counted[],
  refuse: Refuse,
): Promise<void> {
  const counts = await attemptDelays.countAll(wide);
  const failures = counts[wide.findIndex(({ name }) => name === 'signInFailures')] ?? 0;
  const free = failures < ATTEMPT_DELAYS.signInFailures.free ? 'free' : 'freeUnderAttack';
  for (const [i, counted] of wide.entries()) {
    if (counted.name === 'signInFailures') continue;
    const excess = (counts[i] ?? 0) + 1 - ATTEMPT_DELAYS[counted.name][free];
    await enter(attemptDelays, { counted, excess }, refuse);
  }
}

async function enter(
  attemptDelays: AttemptDelays,
  { counted, excess }: { counted: Counted; excess: number },
  refuse: Refuse,
): Promise<void> {
  if (excess < 0) return;

  const wait = await attemptDelays.enter(counted, excess);
  if (wait) await refuse(counted, wait);
}

async function record(
  { db, clock }: ThrottleDeps,
  limit: string,
  request: RequestFacts,
): Promise<void> {
  await appendAuditEvent(db, clock.now(), {
    type: 'rate_limit.exceeded',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    request,
    detail: { limit },
  });
}
