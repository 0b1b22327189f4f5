import { expect, test } from '@jest/globals';
import { createBoundedQueue } from '../../src/identity/passwords/bounded-queue.ts';
import { createPasswordHashing } from '../../src/identity/passwords/password-hash.ts';

const hashing = createPasswordHashing({ concurrency: 1, queue: 50 });

test('a password verifies against its hash and no other does', async () => {
  const phc = await hashing.hash('correct horse battery staple');

  expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,p=1,t=2\$/);
  expect(await hashing.verify(phc, 'correct horse battery staple')).toBe(true);
  expect(await hashing.verify(phc, 'correct horse battery stapl')).toBe(false);
  expect(phc).not.toBe(await hashing.hash('correct horse battery staple'));
});

test('a password is the same however its accents were typed', async () => {
  const phc = await hashing.hash('caf\u00e9 au lait');
  expect(await hashing.verify(phc, 'cafe\u0301 au lait')).toBe(true);
});

test('nobody has a password, and finding out takes as long', async () => {
  expect(await hashing.verify(undefined, 'correct horse battery staple')).toBe(false);
  expect(await hashing.verify(null, '')).toBe(false);
  // Of three runs each, the fastest: a dummy that is refused unread would take a hundredth of the time.
  const phc = await hashing.hash('correct horse battery staple');
  const real = await fastest(() => hashing.verify(phc, 'wrong'));
  const nobody = await fastest(() => hashing.verify(undefined, 'wrong'));
  expect(nobody).toBeGreaterThan(real / 4);
});

test('attack 29: what cannot be a password is refused before it is hashed', async () => {
  const phc = await hashing.hash('correct horse battery staple');
  for (const impossible of ['x'.repeat(1_000_000), 'with\0nul', 'half \ud83d']) {
    const refused = hashing.verify(phc, impossible);
    expect(hashing.depth()).toBe(0);
    expect(await refused).toBe(false);
    await expect(hashing.hash(impossible)).rejects.toMatchObject({ code: 'password_unusable' });
  }
});

test('a hash that costs less than set in any way is to be made anew', async () => {
  expect(hashing.needsRehash(await hashing.hash('correct horse battery staple'))).toBe(false);
  const cost = { memoryKib: 19_456, passes: 3, lanes: 2 };
  const dearer = createPasswordHashing({ concurrency: 1, queue: 50 }, cost);
  const phc = await dearer.hash('correct horse battery staple');
  expect(phc).toMatch(/^\$argon2id\$v=19\$(?=[^$]*m=19456)(?=[^$]*t=3)(?=[^$]*p=2)/);
  expect(dearer.needsRehash(phc)).toBe(false);
  expect(hashing.needsRehash(phc)).toBe(false);

  const made = (parameters: string, kind = 'argon2id') =>
    `$${kind}$v=19$${parameters}$${'A'.repeat(22)}$${'A'.repeat(43)}`;
  for (const less of ['m=19455,t=3,p=2', 'm=19456,t=2,p=2', 'm=19456,t=3,p=1', 't=3,p=2']) {
    expect(dearer.needsRehash(made(less))).toBe(true);
  }
  expect(dearer.needsRehash(made('p=2,t=3,m=19456'))).toBe(false);
  expect(dearer.needsRehash(made('m=19456,t=3,p=2', 'argon2i'))).toBe(true);
});

test('attack 43: a flood of hashes is refused beyond the queue, and what is in it is done', async () => {
  const busy = createPasswordHashing({ concurrency: 2, queue: 5 });
  const flood = Array.from({ length: 8 }, () => busy.verify(undefined, 'wrong'));
  expect(busy.depth()).toBe(5);

  const outcomes = await Promise.allSettled(flood);
  expect(outcomes.map(({ status }) => status)).toEqual([
    ...Array<string>(5).fill('fulfilled'),
    ...Array<string>(3).fill('rejected'),
  ]);
  expect(outcomes[7]).toMatchObject({
    reason: { refusal: 'unavailable', code: 'sign_in_busy', retryAfterSeconds: 2 },
  });
  expect(busy.depth()).toBe(0);
  expect(await busy.verify(undefined, 'wrong')).toBe(false);
});

test('a queue runs so many at a time, in order, and goes on after a failure', async () => {
  const queue = createBoundedQueue({ concurrency: 2, queue: 10 }, () => new Error('full'));
  const started: number[] = [];
  let running = 0;
  let most = 0;
  const work = (n: number) => async () => {
    started.push(n);
    most = Math.max(most, ++running);
    await new Promise((done) => setTimeout(done, 5));
    running -= 1;
    if (n === 1) throw new Error('failed');
    return n;
  };

  const outcomes = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((n) => queue.run(work(n))));

  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(started).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(2);
  expect(queue.depth()).toBe(0);
});

/** In CPU time of all threads: how busy the machine is otherwise makes no difference. */
async function fastest(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 3; run++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    times.push(user + system);
  }
  return Math.min(...times);
}
