// The four servers that are compared, started one after the other and left running side by side.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../test/support/postgres.ts';
import { COLD_STARTS, CONCURRENCY, SETTLE_MS } from './bench-plan.ts';
import type { Target } from './cases.ts';
import { openDoor } from './door.ts';
import { BARE_FIXTURE, type Fixture } from './fixture.ts';
import { install, latchkeyEntry, settingsOf } from './latchkey-installation.ts';
import { median } from './statistics.ts';
import { freePort, startSubject, type SubjectName, type SubjectProgram } from './subject.ts';

export interface StartedTarget extends Target {
  /** The median of several starts. */
  readyMs: number;
  idleRssBytes: number;
}

/** What must be undone at the end, in reverse order, whatever happens. */
export type Cleanup = (() => Promise<unknown>)[];

/** @param cleanup grows as things are started, so that a failure half-way leaves nothing behind */
export async function startTargets(cleanup: Cleanup): Promise<StartedTarget[]> {
  return [
    await start(await bareProgram('koa', '/'), BARE_FIXTURE, cleanup),
    await start(await bareProgram('provider', '/jwks'), BARE_FIXTURE, cleanup),
    await startOurs('sqlite', undefined, cleanup),
    await startOurs('postgresql', await startDatabase(cleanup), cleanup),
  ];
}

async function bareProgram(name: 'koa' | 'provider', readyPath: string): Promise<SubjectProgram> {
  const entry = fileURLToPath(new URL(`./bare-${name}.ts`, import.meta.url));
  return { name, entry, port: await freePort(), env: {}, readyPath };
}

async function startDatabase(cleanup: Cleanup): Promise<string> {
  const server = await startPostgres({ durable: true });
  cleanup.push(() => server.stop());
  return `${server.url}postgres`;
}

async function startOurs(name: SubjectName, databaseUrl: string | undefined, cleanup: Cleanup) {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  cleanup.push(() => rm(dataDir, { recursive: true, force: true }));
  const port = await freePort();
  const env = settingsOf({ port, dataDir, ...(databaseUrl && { databaseUrl }) });
  const fixture = await install(env);
  return start({ name, entry: latchkeyEntry(), port, env, readyPath: '/readyz' }, fixture, cleanup);
}

async function start(
  program: SubjectProgram,
  fixture: Fixture,
  cleanup: Cleanup,
): Promise<StartedTarget> {
  const readyMs: number[] = [];
  for (let times = 1; times < COLD_STARTS; times++) {
    const subject = await startSubject(program);
    readyMs.push(subject.readyMs);
    await subject.stop();
  }
  const subject = await startSubject(program);
  cleanup.push(() => subject.stop());
  readyMs.push(subject.readyMs);

  await sleep(SETTLE_MS);
  const { rssBytes } = await subject.usage();
  const door = openDoor(subject.origin, CONCURRENCY);
  cleanup.push(() => door.close());
  return { ...fixture, subject, door, readyMs: median(readyMs), idleRssBytes: rssBytes };
}
