// Fifty people sign in at the same moment, and machines go on fetching tokens: password hashing must not starve them,
// and who comes when the queue is full must be told so at once.
import {
  OVERFLOW_LOGINS,
  STORM_LOGINS,
  STORM_TOKEN_CONCURRENCY,
  STORM_TOTAL,
} from './bench-plan.ts';
import { fetchServiceToken, personFor, type Target } from './cases.ts';
import { openDoor } from './door.ts';
import { measure, type Sample } from './load.ts';
import { createVisitor, loginForm, openLoginPage } from './visitor.ts';

export interface Storm {
  /** Of `/token`, while the logins were in flight. */
  tokens: Sample;
  overflow: Overflow;
}

export interface Overflow {
  sent: number;
  /** How many answers had each status. */
  statuses: Record<string, number>;
  /** Refusals without `Retry-After`. */
  withoutRetryAfter: number;
}

/** Sends a login form that was opened before. */
type Login = () => Promise<{ status: number; retryAfter: boolean }>;

export async function raiseStorm(target: Target): Promise<Storm> {
  const door = openDoor(target.subject.origin, OVERFLOW_LOGINS);
  try {
    const logins = await openLogins({ ...target, door }, STORM_TOTAL);
    const tokens = await tokensDuring(target, logins);
    return {
      tokens,
      overflow: await overflowQueue(await openLogins({ ...target, door }, OVERFLOW_LOGINS)),
    };
  } finally {
    await door.close();
  }
}

async function tokensDuring(target: Target, logins: Login[]): Promise<Sample> {
  const storm = holdInFlight(logins);
  let isFull = true;
  const untilThinner = async () => {
    await storm.thinning;
    isFull = false;
  };
  void untilThinner();
  const sample = await measure(target.subject, () => fetchServiceToken(target), {
    workers: STORM_TOKEN_CONCURRENCY,
    until: () => !isFull,
  });
  await storm.over;
  return sample;
}

interface Ongoing {
  /** From then on fewer are in flight; or one failed. */
  thinning: Promise<void>;
  over: Promise<unknown>;
}

function holdInFlight(logins: Login[]): Ongoing {
  const waiting = [...logins];
  const { promise: thinning, resolve: thin } = Promise.withResolvers<void>();
  const signInTheNext = async (): Promise<void> => {
    const login = waiting.shift();
    if (!login) return thin();

    const { status } = await login();
    if (status !== 303) throw new Error(`a login within the queue's limit was answered ${status}`);
    await signInTheNext();
  };
  const over = Promise.all(Array.from({ length: STORM_LOGINS }, signInTheNext));
  over.catch(() => thin());
  return { thinning, over };
}

async function overflowQueue(logins: Login[]): Promise<Overflow> {
  const answers = await Promise.all(logins.map((login) => login()));
  const statuses: Record<string, number> = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  const unexpected = Object.keys(statuses).filter((status) => status !== '303' && status !== '503');
  if (unexpected.length > 0)
    throw new Error(`logins beyond the queue were answered ${unexpected.join(', ')}`);

  const withoutRetryAfter = answers.filter(
    ({ status, retryAfter }) => status === 503 && !retryAfter,
  ).length;
  return { sent: logins.length, statuses, withoutRetryAfter };
}

async function openLogins(target: Target, count: number): Promise<Login[]> {
  const logins: Login[] = [];
  for (let number = 0; number < count; number++) {
    const visitor = createVisitor(target.door, target.subject.origin);
    const page = await openLoginPage(visitor, target.web);
    const { action, fields } = loginForm(page, personFor(target, number));
    logins.push(async () => {
      const { status, headers } = await visitor.post(action, fields);
      return { status, retryAfter: headers['retry-after'] !== undefined };
    });
  }
  return logins;
}
