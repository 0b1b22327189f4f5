// What is to be reached, and whether it was, in this run on this machine.
import type { ResultRow } from './result-rows.ts';
import type { Overflow } from './login-storm.ts';
import type { SignIns } from './sign-ins.ts';
import { median, rounded } from './statistics.ts';
import type { SubjectName } from './subject.ts';

export interface ProcessRow {
  engine: SubjectName;
  /** From the start of the process to its first ready answer, on a database that exists; the median of several. */
  readyMs: number;
  idleRssMb: number;
  loadedRssMb: number;
}

export interface StormResult {
  engine: SubjectName;
  overflow: Overflow;
}

export interface TargetRow {
  target: string;
  engine: SubjectName;
  asked: string;
  found: string;
  reached: boolean;
}

interface Results {
  rows: readonly ResultRow[];
  processes: readonly ProcessRow[];
  storms: readonly StormResult[];
  signIns: readonly SignIns[];
}

const SHARES = { client_credentials: 0.9, refresh: 0.5, introspection: 0.5 };
const SIGN_IN_SHARE = 0.85;
const MOST_IDLE_MB = 150;
const MOST_READY_MS = 1_000;
const MOST_P99_MS = 100;

export function targetsOf({ rows, processes, storms, signIns }: Results): TargetRow[] {
  return [
    ...rows.flatMap(shareOfProvider),
    ...signIns.filter(({ engine }) => isOurs(engine)).map((own) => shareOfArgon2(own, signIns)),
    ...rows.flatMap(latencyInStorm),
    ...storms.map(refusalBeyondQueue),
    ...processes.filter(({ engine }) => isOurs(engine)).flatMap(processTargets),
  ];
}

const isOurs = (engine: SubjectName) => engine === 'sqlite' || engine === 'postgresql';

/** Requests per second of CPU time, as a share of the bare provider's. */
function shareOfProvider({ case: name, engine, cpuVsProvider }: ResultRow): TargetRow[] {
  const asked = new Map<string, number>(Object.entries(SHARES)).get(name);
  if (asked === undefined || cpuVsProvider === null || !isOurs(engine)) return [];

  const share = 1 / cpuVsProvider;
  return [
    {
      target: `${name} of the bare provider's`,
      engine,
      asked: `≥ ${asked}`,
      found: share.toFixed(2),
      reached: share >= asked,
    },
  ];
}

function shareOfArgon2({ engine, samples }: SignIns, all: readonly SignIns[]): TargetRow {
  const alone = all.find((one) => one.engine === 'argon2')?.samples ?? [];
  const share = median(
    samples.map(({ perSecond }, round) => perSecond / (alone[round]?.perSecond ?? Number.NaN)),
  );
  return {
    target: 'sign-ins of what argon2 alone does',
    engine,
    asked: `≥ ${SIGN_IN_SHARE}`,
    found: share.toFixed(2),
    reached: share >= SIGN_IN_SHARE,
  };
}

function latencyInStorm({ case: name, engine, p99Ms }: ResultRow): TargetRow[] {
  if (name !== 'token_while_50_logins') return [];
  const target = 'p99 of /token while 50 logins are in flight';
  return [
    {
      target,
      engine,
      asked: `< ${MOST_P99_MS} ms`,
      found: `${p99Ms} ms`,
      reached: p99Ms < MOST_P99_MS,
    },
  ];
}

function refusalBeyondQueue({ engine, overflow }: StormResult): TargetRow {
  const { sent, statuses, withoutRetryAfter } = overflow;
  const counts = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`);
  return {
    target: `${sent} logins at once`,
    engine,
    asked: '503 with Retry-After beyond 50',
    found: counts.join(', '),
    reached: (statuses['503'] ?? 0) > 0 && withoutRetryAfter === 0,
  };
}

function processTargets({ engine, readyMs, idleRssMb }: ProcessRow): TargetRow[] {
  return [
    {
      target: 'idle memory',
      engine,
      asked: `≤ ${MOST_IDLE_MB} MB`,
      found: `${rounded(idleRssMb, 0)} MB`,
      reached: idleRssMb <= MOST_IDLE_MB,
    },
    {
      target: 'start to ready',
      engine,
      asked: `≤ ${MOST_READY_MS} ms`,
      found: `${rounded(readyMs, 0)} ms`,
      reached: readyMs <= MOST_READY_MS,
    },
  ];
}
