// Sign-ins a second as a share of what argon2 alone does on the same cores, measured in turn: what is missing from 1 is
// the time in which nobody hashed.
import { fileURLToPath } from 'node:url';
import { CONCURRENCY, RESUME_MS, ROUNDS, WINDOW_MS } from './bench-plan.ts';
import { type Cleanup, type StartedTarget } from './bench-subjects.ts';
import { personFor, type Work } from './cases.ts';
import { type Door, expectStatus, openDoor } from './door.ts';
import { after, generate, measure, type Sample } from './load.ts';
import { freePort, startSubject, type Subject, type SubjectName } from './subject.ts';
import { createVisitor, fetchCode } from './visitor.ts';

export interface SignIns {
  engine: SubjectName;
  /** By round; for argon2 itself too. */
  samples: Sample[];
}

interface Runner {
  subject: Subject;
  work: Work;
}

/** The last of the answer is argon2 by itself. */
export async function measureSignIns(
  targets: readonly StartedTarget[],
  cleanup: Cleanup,
): Promise<SignIns[]> {
  const runners = [...targets.map(signingIn), await startArgon2(cleanup)];
  const all: SignIns[] = runners.map(({ subject }) => ({ engine: subject.name, samples: [] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { subject, work }] of runners.entries()) {
      await generate(work, { workers: CONCURRENCY, until: after(RESUME_MS) });
      const until = after(WINDOW_MS);
      all[index]?.samples.push(await measure(subject, work, { workers: CONCURRENCY, until }));
    }
  }
  return all;
}

/** From the application to the code: each time a browser that is new, and consent as it was remembered. */
function signingIn(target: StartedTarget): Runner {
  let flows = 0;
  return {
    subject: target.subject,
    work: () => {
      const person = personFor(target, flows++);
      return fetchCode(createVisitor(target.door, target.subject.origin), target.web, person);
    },
  };
}

async function startArgon2(cleanup: Cleanup): Promise<Runner> {
  const entry = fileURLToPath(new URL('./bare-argon2.ts', import.meta.url));
  const port = await freePort();
  const subject = await startSubject({ name: 'argon2', entry, port, env: {}, readyPath: '/' });
  cleanup.push(() => subject.stop());
  const door = openDoor(subject.origin, CONCURRENCY);
  cleanup.push(() => door.close());
  return { subject, work: () => verifyOne(door) };
}

async function verifyOne(door: Door): Promise<void> {
  const { text } = expectStatus(await door.post('/', {}), 200);
  if (text !== 'true') throw new Error(`argon2: ${text}`);
}
