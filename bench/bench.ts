// `npm run bench`: what Latchkey costs beside a bare Koa server and a bare oidc-provider, measured in one run of at most
// five minutes. `--json` prints the result as an array of rows instead of tables. See docs/performance.md.
import { availableParallelism, cpus, loadavg } from 'node:os';
import { CONCURRENCY, ROUNDS, RUN_TIMEOUT_MS, WINDOW_MS } from './bench-plan.ts';
import { type Cleanup, type StartedTarget, startTargets } from './bench-subjects.ts';
import { raiseStorm } from './login-storm.ts';
import { measurePasskeySignIns } from './passkey-sign-ins.ts';
import { type ResultRow, rowsOf, signInRow, stormRow } from './result-rows.ts';
import { measureInRounds } from './rounds.ts';
import { measureSignIns } from './sign-ins.ts';
import { rounded } from './statistics.ts';
import { type ProcessRow, type StormResult, type TargetRow, targetsOf } from './targets.ts';
import { textTable } from './text-table.ts';

interface Result {
  rows: ResultRow[];
  processes: ProcessRow[];
  targets: TargetRow[];
}

const BYTES_PER_MB = 1024 * 1024;
const NOTE = `Medians of ${ROUNDS} interleaved rounds of ${WINDOW_MS} ms, ${CONCURRENCY} requests in flight, LOG_LEVEL=warn, rate limits on.
Compare rows of one run only; see docs/performance.md.`;

const tell = (text: string) => process.stderr.write(`${text}\n`);

const result = await withinTime(run);
if (process.argv.includes('--json')) printJson(result);
else printTables(result);

async function run(cleanup: Cleanup): Promise<Result> {
  const startedAt = performance.now();
  tell(`${describeMachine()}\nstarting the servers`);
  const targets = await startTargets(cleanup);
  const rows = rowsOf(await measureInRounds(targets, tell));
  const ours = targets.filter(
    ({ subject }) => subject.name === 'sqlite' || subject.name === 'postgresql',
  );
  tell('sign-ins with a passkey');
  rows.push(...(await measurePasskeySignIns(targets)));
  tell('sign-ins beside argon2');
  const signIns = await measureSignIns(ours, cleanup);
  rows.push(...signIns.map(signInRow));
  const storms: StormResult[] = [];
  for (const target of ours) {
    const { name: engine } = target.subject;
    tell(`50 logins in flight: ${engine}`);
    const { tokens, overflow } = await raiseStorm(target);
    rows.push(stormRow(engine, tokens));
    storms.push({ engine, overflow });
  }
  const processes = await Promise.all(targets.map(processRow));
  tell(`done in ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  return { rows, processes, targets: targetsOf({ rows, processes, storms, signIns }) };
}

async function processRow({ subject, readyMs, idleRssBytes }: StartedTarget): Promise<ProcessRow> {
  const { rssBytes } = await subject.usage();
  return {
    engine: subject.name,
    readyMs: Math.round(readyMs),
    idleRssMb: rounded(idleRssBytes / BYTES_PER_MB, 1),
    loadedRssMb: rounded(rssBytes / BYTES_PER_MB, 1),
  };
}

/** Whatever happens, what was started is ended: after a failure, an interruption, or when time is up. */
async function withinTime(work: (cleanup: Cleanup) => Promise<Result>): Promise<Result> {
  const cleanup: Cleanup = [];
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  const timer = setTimeout(() => stop(new Error('the time is up')), RUN_TIMEOUT_MS);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stop(new Error(`stopped by ${signal}`)));
  }
  try {
    return await Promise.race([work(cleanup), stopped]);
  } finally {
    clearTimeout(timer);
    for (const undo of cleanup.toReversed()) await Promise.allSettled([undo()]);
  }
}

function printJson({ rows, processes, targets }: Result): void {
  const lines = [...rows, ...processes, ...targets].map((row) => `  ${JSON.stringify(row)}`);
  process.stdout.write(`[\n${lines.join(',\n')}\n]\n`);
}

function printTables({ rows, processes, targets }: Result): void {
  const tables = [
    textTable(
      [
        'case',
        'engine',
        'per second',
        'CPU µs',
        'main thread µs',
        'CPU × Koa',
        'CPU × provider',
        'per second ÷ provider',
        'p50 ms',
        'p99 ms',
      ],
      rows.map((row) => [
        row.case,
        row.engine,
        row.perSecond,
        row.cpuMicros,
        row.mainThreadMicros,
        row.cpuVsKoa,
        row.cpuVsProvider,
        row.perSecondVsProvider,
        row.p50Ms,
        row.p99Ms,
      ]),
    ),
    textTable(
      ['engine', 'ready ms', 'idle MB', 'loaded MB'],
      processes.map((row) => [row.engine, row.readyMs, row.idleRssMb, row.loadedRssMb]),
    ),
    textTable(
      ['target', 'engine', 'asked', 'found', 'reached'],
      targets.map((row) => [row.target, row.engine, row.asked, row.found, row.reached]),
    ),
  ];
  process.stdout.write(`\n${tables.join('\n\n')}\n\n${NOTE}\n`);
}

function describeMachine(): string {
  const load = loadavg()[0]?.toFixed(1);
  return `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}, load ${load} at the start`;
}
