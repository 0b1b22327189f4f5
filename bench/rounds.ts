// The interleaved measurement: in every round each case runs on each subject, one right after the other, so that what
// else happens on the machine meets all of them; figures are compared within a round only.
import { CONCURRENCY, RESUME_MS, ROUNDS, WARM_UP_MS, WINDOW_MS } from './bench-plan.ts';
import { barePost, type CaseName, CASES, type Target, type Work } from './cases.ts';
import { after, generate, measure, type Sample } from './load.ts';
import type { SubjectName } from './subject.ts';

export interface Measured {
  case: CaseName;
  engine: SubjectName;
  round: number;
  sample: Sample;
}

export const CASE_NAMES: readonly CaseName[] = [
  'client_credentials',
  'code_flow',
  'code_flow_with_password',
  'refresh',
  'introspection',
  'userinfo',
];

/** @param tell is given a word on what is measured next */
export async function measureInRounds(
  targets: readonly Target[],
  tell: (what: string) => void,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of CASE_NAMES) {
      tell(`round ${round + 1} of ${ROUNDS}: ${name}`);
      for (const target of rotated(targets, round)) {
        const sample = await measureOne(target, name, round);
        measured.push({ case: name, engine: target.subject.name, round, sample });
      }
    }
  }
  return measured;
}

async function measureOne(target: Target, name: CaseName, round: number): Promise<Sample> {
  const work = await preparedWork(target, name);
  const until = after(round === 0 ? WARM_UP_MS : RESUME_MS);
  await generate(work, { workers: CONCURRENCY, until });
  return measure(target.subject, work, { workers: CONCURRENCY, until: after(WINDOW_MS) });
}

function preparedWork(target: Target, name: CaseName): Promise<Work> {
  return target.subject.name === 'koa' ? barePost(target) : CASES[name](target, CONCURRENCY);
}

/** Whoever goes first in one round goes last in the next. */
function rotated<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
