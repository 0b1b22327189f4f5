// From samples to the rows of the result. Ratios are made within a round and then the median of them is taken: rounds
// differ in how busy the machine was, and so their absolute figures say little.
import type { CaseName } from './cases.ts';
import type { Sample } from './load.ts';
import { CASE_NAMES, type Measured } from './rounds.ts';
import type { SignIns } from './sign-ins.ts';
import { median, percentile, rounded } from './statistics.ts';
import type { SubjectName } from './subject.ts';

export interface ResultRow {
  case: CaseName | 'bare_post' | 'token_while_50_logins' | 'sign_in' | 'passkey_sign_in';
  engine: SubjectName;
  perSecond: number;
  /** CPU time of the server's process per request; the database server's own is not in it. */
  cpuMicros: number;
  /** Of these, on the main thread: without password hashing and signing in the thread pool. */
  mainThreadMicros: number;
  /** How many times the CPU of a bare Koa POST. */
  cpuVsKoa: number | null;
  /** How many times the CPU of the same request to the bare provider. */
  cpuVsProvider: number | null;
  /** The share of the bare provider's throughput. */
  perSecondVsProvider: number | null;
  p50Ms: number;
  p99Ms: number;
}

const PROTOCOL_ENGINES: readonly SubjectName[] = ['provider', 'sqlite', 'postgresql'];

export function rowsOf(measured: readonly Measured[]): ResultRow[] {
  const bare = measured.filter(({ engine }) => engine === 'koa');
  const own = { cpuVsKoa: 1, cpuVsProvider: null, perSecondVsProvider: null };
  const rows: ResultRow[] = [
    { case: 'bare_post', engine: 'koa', ...figuresOf(bare.map(({ sample }) => sample)), ...own },
  ];
  for (const name of CASE_NAMES) {
    for (const engine of PROTOCOL_ENGINES) rows.push(rowOf(measured, name, engine));
  }
  return rows;
}

/** Without ratios: during a storm, the passwords' CPU is not the requests'. */
export function stormRow(engine: SubjectName, sample: Sample): ResultRow {
  const none = { cpuVsKoa: null, cpuVsProvider: null, perSecondVsProvider: null };
  return { case: 'token_while_50_logins', engine, ...figuresOf([sample]), ...none };
}

/** Compared with argon2 itself, which is no protocol: see targets.ts. */
export function signInRow({ engine, samples }: SignIns): ResultRow {
  const none = { cpuVsKoa: null, cpuVsProvider: null, perSecondVsProvider: null };
  return { case: 'sign_in', engine, ...figuresOf(samples), ...none };
}

/** Whole flows, beside the bare provider's with a form that asks nothing: ratios within a round, as elsewhere. */
export function passkeyRow({ engine, samples }: SignIns, provider: readonly Sample[]): ResultRow {
  const compared = (figure: (sample: Sample) => number) =>
    rounded(
      median(
        samples.flatMap((own, round) => {
          const bare = provider[round];
          return bare ? [figure(own) / figure(bare)] : [];
        }),
      ),
      2,
    );
  return {
    case: 'passkey_sign_in',
    engine,
    ...figuresOf(samples),
    cpuVsKoa: null,
    cpuVsProvider: compared(({ cpuMicros }) => cpuMicros),
    perSecondVsProvider: compared(({ perSecond }) => perSecond),
  };
}

function rowOf(measured: readonly Measured[], name: CaseName, engine: SubjectName): ResultRow {
  const ofCase = measured.filter((one) => one.case === name);
  const own = ofCase.filter((one) => one.engine === engine);
  const compared = (to: SubjectName, figure: (sample: Sample) => number) =>
    rounded(
      median(own.map((one) => figure(one.sample) / figure(sampleIn(ofCase, to, one.round)))),
      2,
    );
  return {
    case: name,
    engine,
    ...figuresOf(own.map(({ sample }) => sample)),
    cpuVsKoa: compared('koa', ({ cpuMicros }) => cpuMicros),
    cpuVsProvider: compared('provider', ({ cpuMicros }) => cpuMicros),
    perSecondVsProvider: compared('provider', ({ perSecond }) => perSecond),
  };
}

function sampleIn(ofCase: readonly Measured[], engine: SubjectName, round: number): Sample {
  const found = ofCase.find((one) => one.engine === engine && one.round === round);
  if (!found) throw new Error(`${engine} was not measured in round ${round}`);
  return found.sample;
}

function figuresOf(samples: readonly Sample[]) {
  const latencies = samples.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    perSecond: Math.round(median(samples.map(({ perSecond }) => perSecond))),
    cpuMicros: Math.round(median(samples.map(({ cpuMicros }) => cpuMicros))),
    mainThreadMicros: Math.round(median(samples.map(({ mainThreadMicros }) => mainThreadMicros))),
    p50Ms: rounded(percentile(latencies, 0.5), 1),
    p99Ms: rounded(percentile(latencies, 0.99), 1),
  };
}
