// How the provider finds, saves and ends browser sessions, in place of its own way. Requests of one browser
// run in parallel: none may undo what another wrote into the session, a request still under way when the
// session ended must not bring it back, and ending a session ends every row of its uid.
import { type AdapterPayload, errors, type Provider } from 'oidc-provider';
import type { Clock } from '../../foundation/clock.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { isForeignKeyViolation, isUniqueViolation } from '../../storage/database-errors.ts';
import { currentFacts } from '../request-of-provider.ts';
import { refuseNul } from '../state/nul-characters.ts';
import { currentOrigin } from './session-origin.ts';
import * as store from './session-store.ts';

interface Deps {
  db: Database;
  clock: Clock;
}

type Authorizations = NonNullable<AdapterPayload['authorizations']>;

/** As it was when it was read or last saved. */
interface Basis {
  version: number;
  authorizations: Authorizations;
}

const BASIS = Symbol('basis');
const MOST_ATTEMPTS = 5;

/** What the types of the provider leave out, and our mark. */
type SessionModel = InstanceType<Provider['Session']> & {
  [BASIS]?: Basis;
  oldId?: string;
  touched?: boolean;
  destroyed?: boolean;
  getValueAndPayload(): Promise<{ payload: AdapterPayload }>;
  emit(event: string): void;
};

interface SessionClass {
  verify(stored: AdapterPayload): Promise<AdapterPayload>;
  instantiate(payload: AdapterPayload): SessionModel;
}

export function overrideSessions(provider: Provider, deps: Deps): void {
  const model = provider.Session as unknown as SessionClass;

  Object.assign(provider.Session, {
    find: (cookie: string) => findSession(deps, model, cookie),
  });

  Object.assign(provider.Session.prototype, {
    async save(this: SessionModel, ttl: number) {
      this.exp = Math.floor(Date.now() / 1000) + ttl;
      const { payload } = await this.getValueAndPayload();
      refuseNul(payload);
      await (this[BASIS] ? saveAgain(deps, this, payload) : saveFirst(deps, this, payload));
      delete this.oldId;
      this.touched = false;
      this.emit('saved');
      return this.jti;
    },

    // The provider's own throws for a session that was never saved, such as the one a refused form would begin.
    async persist(this: SessionModel) {
      if (typeof this.exp !== 'number') return undefined;
      return this.save(this.exp - Math.floor(Date.now() / 1000));
    },

    async destroy(this: SessionModel) {
      await endSession(deps, this);
      this.emit('destroyed');
      this.destroyed = true;
    },
  });
}

/** A session past its end is none: the provider's `verify` says so by throwing. */
async function findSession({ db }: Deps, model: SessionClass, cookie: string) {
  const stored = await store.findSession(db, cookie);
  if (!stored) return undefined;

  const payload = await model.verify(stored.payload).catch(() => undefined);
  if (!payload) return undefined;
  const session = model.instantiate(payload);
  session[BASIS] = basisOf(stored);
  return session;
}

async function saveFirst(deps: Deps, session: SessionModel, payload: AdapterPayload) {
  try {
    const origin = currentOrigin(deps, payload);
    await store.insertSession(deps.db, session.jti, { payload, origin });
    session[BASIS] = basisOf({ payload, version: 0 });
  } catch (error) {
    if (isForeignKeyViolation(error)) throw new errors.AccessDenied('the user is gone');
    throw error;
  }
}

async function saveAgain(
  deps: Deps,
  session: SessionModel,
  payload: AdapterPayload,
): Promise<void> {
  const basis = session[BASIS] ?? { version: 0, authorizations: {} };
  if (await replace(deps, session, { payload, version: basis.version })) return;

  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    if (await mergeInTurn(deps, session, { payload, basis })) return;
    // Another request gave the row a new cookie (then this one adds its own) or ended the session (then it stays ended).
    if (!(await store.isSessionAlive(deps.db, session.uid))) return;
    if (await addRow(deps, session, payload)) return;
  }
}

/** Whether the row was as this request had read it. */
async function replace(deps: ReplaceDeps, session: SessionModel, change: Change) {
  const { jti, oldId } = session;
  const rename = oldId ? jti : undefined;
  const origin = currentOrigin(deps, change.payload);
  const whole = { ...change, origin, rename };
  if (!(await store.updateSession(deps.db, oldId ?? jti, whole))) return false;
  session[BASIS] = basisOf({ payload: change.payload, version: change.version + 1 });
  return true;
}

type Change = Pick<store.SessionChange, 'payload' | 'version'>;

interface ReplaceDeps {
  /** May be a transaction. */
  db: Db;
  clock: Clock;
}

/** Waits for its turn at the row, however many write to it, and keeps what the others wrote. */
function mergeInTurn(
  { db, clock }: Deps,
  session: SessionModel,
  { payload, basis }: { payload: AdapterPayload; basis: Basis },
): Promise<boolean> {
  return transact(db, async (tx) => {
    const theirs = await store.lockSession(tx, session.oldId ?? session.jti);
    if (!theirs) return false;
    const merged = { ...payload, authorizations: merge(basis, payload, theirs.payload) };
    return replace({ db: tx, clock }, session, { payload: merged, version: theirs.version });
  });
}

/** False when another request of the same cookie has just done so. */
async function addRow(deps: Deps, session: SessionModel, payload: AdapterPayload) {
  try {
    await saveFirst(deps, session, payload);
    return true;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return false;
  }
}

/** Theirs, with what this request added or changed, without what it took away. */
function merge(basis: Basis, mine: AdapterPayload, theirs: AdapterPayload): Authorizations {
  const own = mine.authorizations ?? {};
  const kept = Object.entries(theirs.authorizations ?? {}).filter(
    ([clientId]) => clientId in own || !(clientId in basis.authorizations),
  );
  const changed = Object.entries(own).filter(
    ([clientId, value]) => JSON.stringify(value) !== JSON.stringify(basis.authorizations[clientId]),
  );
  return Object.fromEntries([...kept, ...changed]);
}

function basisOf({ payload, version }: store.StoredSession): Basis {
  return { version, authorizations: structuredClone(payload.authorizations ?? {}) };
}

async function endSession({ db, clock }: Deps, session: SessionModel): Promise<void> {
  const { clientId, request } = currentFacts();
  await transact(db, async (tx) => {
    const existed = await store.deleteSessionsOfUid(tx, session.uid);
    if (!existed || !session.accountId) return;

    await appendAuditEvent(tx, clock.now(), {
      type: 'session.ended',
      outcome: 'success',
      actor: { type: 'user', id: session.accountId },
      target: { type: 'session', id: session.uid },
      clientId,
      request,
    });
  });
}
