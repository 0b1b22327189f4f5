// The keys that sign tokens. One per algorithm signs (current), one is published ahead of its turn
// (next), so that relying parties know it before it signs, and those that signed before stay published
// (retired) until nothing they signed is of use. Private halves are sealed at rest.
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { Actor } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { bumpRevision } from '../../storage/revisions.ts';
import { seal, unseal } from '../../storage/sealed-value.ts';
import { SIGNING_ALGS } from '../clients/client-presets.ts';
import * as store from './signing-key-store.ts';

/** How long a retired key still verifies: ID tokens serve as logout hints long after they expired. */
export const RETIRED_KEY_SECONDS = 30 * 86_400;

/** How long others may keep the published keys; and a node takes a moment to publish a new one. */
export const KEYS_CACHE_SECONDS = 300;
const PUBLISHED_SECONDS = KEYS_CACHE_SECONDS + 60;

interface Deps {
  db: Database;
  clock: Clock;
  /** Seals the private halves. */
  keySealing: Buffer;
}

export interface SigningKey {
  id: string;
  alg: string;
  state: string;
  createdAt: Date;
  activatedAt: Date | null;
  retiredAt: Date | null;
}

export async function listSigningKeys({ db }: { db: Db }): Promise<SigningKey[]> {
  return (await store.listKeys(db)).map(
    ({ id, alg, state, createdAt, activatedAt, retiredAt }) => ({
      id,
      alg,
      state,
      createdAt,
      activatedAt,
      retiredAt,
    }),
  );
}

/** Makes a current and a next key for every algorithm that has none. Any number of nodes may call it at once. */
export async function ensureSigningKeys(deps: Deps): Promise<void> {
  const missing = missingAlgs(await store.listKeys(deps.db));
  if (missing.length === 0) return;

  const made = await Promise.all(missing.map((alg) => makePair(deps, alg)));
  await transact(deps.db, async (tx) => {
    await bumpRevision(tx, 'keys'); // locks the counter's row: whoever comes second sees the first one's keys
    const still = new Set<string>(missingAlgs(await store.listKeys(tx)));
    for (const key of made.flat().filter(({ alg }) => still.has(alg)))
      await add(tx, deps.clock, key);
  });
}

/**
 * Whoever reads the published keys now and then must have read the next one before it signs.
 * @throws DomainError `conflict` `next_key_too_new` while some may not have
 */
export async function assertNextKeysKnown(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { alg }: { alg?: string | undefined },
): Promise<void> {
  const known = clock.now().getTime() - PUBLISHED_SECONDS * 1000;
  const tooNew = (await store.listKeys(db)).find(
    (key) => key.state === 'next' && (!alg || key.alg === alg) && key.createdAt.getTime() > known,
  );
  if (!tooNew) return;

  const message = `The next ${tooNew.alg} key was published less than ${PUBLISHED_SECONDS / 60} minutes ago: those who have not read it yet would refuse what it signs. Wait, or rotate with --force.`;
  throw new DomainError('conflict', 'next_key_too_new', message);
}

/** The next key takes over at once; it has been published since the last rotation. */
export async function rotateSigningKeys(
  deps: Deps,
  { alg }: { alg?: string | undefined },
  actor: Actor,
): Promise<SigningKey[]> {
  await ensureSigningKeys(deps);
  for (const key of await store.listKeys(deps.db)) {
    if (key.state === 'current' && (!alg || key.alg === alg)) await rotate(deps, key, actor);
  }
  return listSigningKeys(deps);
}

/** For the job: rotates what has signed long enough, and drops what has been retired long enough. */
export async function keepSigningKeys(deps: Deps, { rotationDays }: { rotationDays: number }) {
  const now = deps.clock.now().getTime();
  for (const key of await store.listKeys(deps.db)) {
    const due = (key.activatedAt?.getTime() ?? now) + rotationDays * 86_400_000;
    if (key.state === 'current' && due <= now) await rotate(deps, key, { type: 'system' });
  }
  await transact(deps.db, async (tx) => {
    const before = new Date(now - RETIRED_KEY_SECONDS * 1000);
    const dropped = await store.deleteKeysRetiredBefore(tx, before);
    for (const id of dropped) await auditKey(tx, deps.clock.now(), dropOf(id));
    if (dropped.length > 0) await bumpRevision(tx, 'keys');
  });
}

/**
 * Ends a retired key before its time, because somebody else may have it: what it signed verifies nowhere any more,
 * once relying parties have read the keys again (docs/operations.md).
 * @throws DomainError `not-found` `retired_key_not_found`
 */
export async function dropRetiredKey({ db, clock }: Deps, id: string, actor: Actor): Promise<void> {
  await transact(db, async (tx) => {
    if (!(await store.deleteRetiredKey(tx, id))) throw noRetiredKey(id);
    await auditKey(tx, clock.now(), { type: 'key.dropped', id, actor });
    await bumpRevision(tx, 'keys');
  });
}

/** The private key set for the provider: per algorithm, the current key is the first. */
export async function loadKeySet({
  db,
  keySealing,
}: Pick<Deps, 'db' | 'keySealing'>): Promise<JWK[]> {
  const order = ['current', 'next', 'retired'];
  const keys = (await store.listKeys(db)).toSorted(
    (a, b) => order.indexOf(a.state) - order.indexOf(b.state),
  );
  return keys.map(
    ({ id, sealedPrivateJwk }) => JSON.parse(unseal(keySealing, sealedPrivateJwk, id)) as JWK,
  );
}

/** Of several nodes that find the same key due, one rotates it: the others find it current no more. */
async function rotate(deps: Deps, { id, alg }: { id: string; alg: string }, actor: Actor) {
  const successor = await makeKey(deps, alg, 'next');
  const now = deps.clock.now();

  await transact(deps.db, async (tx) => {
    await bumpRevision(tx, 'keys');
    const next = (await store.listKeys(tx)).find((key) => key.alg === alg && key.state === 'next');
    if (!next || !(await store.moveKey(tx, id, { from: 'current', to: 'retired', at: now })))
      return;

    await store.moveKey(tx, next.id, { from: 'next', to: 'current', at: now });
    await auditKey(tx, now, { type: 'key.retired', id, actor });
    await auditKey(tx, now, { type: 'key.activated', id: next.id, actor });
    await add(tx, deps.clock, successor);
  });
}

function missingAlgs(keys: { alg: string; state: string }[]) {
  return SIGNING_ALGS.filter(
    (alg) => !keys.some((key) => key.alg === alg && key.state === 'current'),
  );
}

const makePair = (deps: Deps, alg: string) =>
  Promise.all([makeKey(deps, alg, 'current'), makeKey(deps, alg, 'next')]);

async function makeKey({ clock, keySealing }: Deps, alg: string, state: store.KeyState) {
  const pair = await generateKeyPair(alg, {
    extractable: true,
    ...(alg === 'EdDSA' && { crv: 'Ed25519' }),
  });
  const jwk = await exportJWK(pair.privateKey);
  const id = await calculateJwkThumbprint(jwk);
  const named = { ...jwk, kid: id, alg, use: 'sig' };
  const createdAt = clock.now();
  return {
    id,
    alg,
    state,
    publicJwk: { ...(await exportJWK(pair.publicKey)), kid: id, alg, use: 'sig' },
    sealedPrivateJwk: seal(keySealing, JSON.stringify(named), id),
    createdAt,
    activatedAt: state === 'current' ? createdAt : null,
  };
}

async function add(tx: Db, clock: Clock, key: store.NewSigningKey): Promise<void> {
  await store.insertKey(tx, key);
  await auditKey(tx, clock.now(), { type: 'key.created', id: key.id, actor: { type: 'system' } });
}

const dropOf = (id: string): KeyAct => ({ type: 'key.dropped', id, actor: { type: 'system' } });

function noRetiredKey(id: string): DomainError {
  const message = `No key ${id} has been retired. One that signs must be rotated first.`;
  return new DomainError('not-found', 'retired_key_not_found', message);
}

interface KeyAct {
  type: 'key.created' | 'key.activated' | 'key.retired' | 'key.dropped';
  id: string;
  actor: Actor;
}

async function auditKey(tx: Db, at: Date, { type, id, actor }: KeyAct): Promise<void> {
  await appendAuditEvent(tx, at, { type, outcome: 'success', actor, target: { type: 'key', id } });
}
