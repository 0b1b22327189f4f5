// Whole sign-ins with a passkey, where nothing is hashed: from the application to its tokens, each time a browser that is
// new. The bare provider's flow is the same without anybody's proof, on a form that asks nothing.
import { CONCURRENCY, PASSKEY_ROUNDS, RESUME_MS, WARM_UP_MS, WINDOW_MS } from './bench-plan.ts';
import { personFor, type Target, type Work } from './cases.ts';
import { after, generate, measure } from './load.ts';
import { passkeyRow, type ResultRow } from './result-rows.ts';
import type { SignIns } from './sign-ins.ts';
import { createVisitor, fetchCode, fetchCodeByPasskey, redeem } from './visitor.ts';

export async function measurePasskeySignIns(targets: readonly Target[]): Promise<ResultRow[]> {
  const runners = targets
    .filter(({ subject }) => subject.name !== 'koa')
    .map((target) => ({ target, work: signingIn(target) }));
  const all: SignIns[] = runners.map(({ target }) => ({
    engine: target.subject.name,
    samples: [],
  }));
  for (let round = 0; round < PASSKEY_ROUNDS; round++) {
    for (const [index, { target, work }] of runners.entries()) {
      const until = after(round === 0 ? WARM_UP_MS : RESUME_MS);
      await generate(work, { workers: CONCURRENCY, until });
      const load = { workers: CONCURRENCY, until: after(WINDOW_MS) };
      all[index]?.samples.push(await measure(target.subject, work, load));
    }
  }
  const provider = all.find(({ engine }) => engine === 'provider')?.samples ?? [];
  return all.map((own) => passkeyRow(own, provider));
}

function signingIn(target: Target): Work {
  const { door, web, passkeys, subject } = target;
  let flows = 0;
  return async () => {
    const number = flows++;
    const visitor = createVisitor(door, subject.origin);
    const key = passkeys[number % passkeys.length];
    const code = key
      ? await fetchCodeByPasskey(visitor, web, { key, origin: subject.origin })
      : await fetchCode(visitor, web, personFor(target, number));
    return redeem(door, web, code);
  };
}
