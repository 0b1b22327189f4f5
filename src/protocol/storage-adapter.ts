// The provider's storage: one adapter per model name, each a few calls to a store.
// Single use is settled here by the database: `consume` is a conditional update, and whoever loses
// gets the protocol's own refusal, never a 500.
import { type Adapter, type AdapterPayload, errors, Provider } from 'oidc-provider';
import type { Clock } from '../foundation/clock.ts';
import { appendAuditEvent } from '../operations/audit/audit-log.ts';
import { type Database, type Db, transact } from '../storage/database.ts';
import { isForeignKeyViolation } from '../storage/database-errors.ts';
import type { ClientAdapter } from './clients/client-adapter.ts';
import type { ClientRegistry } from './clients/client-registry.ts';
import { approveDevice, isApproval } from './device-approval.ts';
import { deleteGrant, findGrant, saveGrant, toGrantPayload } from './grants/grant-store.ts';
import { gatherSpent, gatherToken } from './issuance.ts';
import { currentFacts } from './request-of-provider.ts';
import type { Succession } from './refresh-succession.ts';
import { findSessionByUid, mergedSession } from './sessions/session-store.ts';
import { isResumedByOther } from './sign-in-browser.ts';
import { refuseNul } from './state/nul-characters.ts';
import { stateId, toPayload, toStateRow, userCodeHash } from './state/protocol-state.ts';
import * as states from './state/protocol-state-store.ts';
import { findToken, forgetGrant, grantInContext, sessionInContext } from './token-context.ts';
import { isInForce } from './token-force.ts';

export interface AdapterDeps {
  db: Database;
  clock: Clock;
  /** Seals what the protocol state must be able to read back. */
  stateKey: Buffer;
  succession: Succession;
  registry: ClientRegistry;
  clientAdapter: ClientAdapter;
}

export function createStorageAdapter(deps: AdapterDeps): (model: string) => Adapter {
  return (model) => {
    if (model === 'Client') return { ...unused, ...deps.clientAdapter };
    if (model === 'Grant') return { ...unused, ...grantAdapter(deps) };
    if (model === 'Session') return { ...unused, ...sessionAdapter(deps) };
    return { ...unused, ...stateAdapter(deps, model) };
  };
}

const none = async () => undefined;
const unused: Adapter = {
  upsert: none,
  find: none,
  findByUserCode: none,
  findByUid: none,
  consume: none,
  destroy: none,
  revokeByGrantId: none,
};

/** Finding by cookie, saving and destroying are in sessions/session-model.ts: they need more than an id. */
function sessionAdapter({ db }: AdapterDeps): Partial<Adapter> {
  return {
    async findByUid(uid) {
      const rows = sessionInContext(uid);
      return rows ? mergedSession(rows) : findSessionByUid(db, uid);
    },
  };
}

function grantAdapter(deps: AdapterDeps): Partial<Adapter> {
  const { db } = deps;
  return {
    async upsert(id, payload) {
      await saveGrant(db, id, payload);
      forgetGrant(id);
    },
    async find(id) {
      const row = grantInContext(id);
      if (row === undefined) return findGrant(db, id);
      return row ? toGrantPayload(row) : undefined;
    },
    async destroy(id) {
      await transact(db, async (tx) => {
        if (await deleteGrant(tx, id)) await auditEndedGrant(tx, deps, id);
      });
      forgetGrant(id);
    },
  };
}

/** The provider destroys a grant at logout (audited there), on revocation, and when a token is used again. */
async function auditEndedGrant(tx: Db, { clock }: AdapterDeps, id: string): Promise<void> {
  const type = AUDIT_OF_ROUTE[Provider.ctx?.oidc?.route ?? ''];
  if (!type) return;

  const { clientId, request } = currentFacts();
  await appendAuditEvent(tx, clock.now(), {
    type,
    outcome: type === 'token.revoked' ? 'success' : 'refused',
    actor: clientId ? { type: 'client', id: clientId } : { type: 'anonymous' },
    target: { type: 'grant', id },
    clientId,
    request,
  });
}

const AUDIT_OF_ROUTE: Record<string, 'token.reuse_detected' | 'token.revoked'> = {
  token: 'token.reuse_detected',
  revocation: 'token.revoked',
};

const SAVED_AGAIN = new Set(['Interaction', 'DeviceCode', 'RegistrationAccessToken']);

function stateAdapter(deps: AdapterDeps, model: string): Partial<Adapter> {
  const { db, stateKey } = deps;
  return {
    upsert: (id, payload) => save(deps, { model, id }, payload),
    destroy: (id) => destroy(deps, { model, id }),
    consume: (id) => consume(deps, { model, id }),
    revokeByGrantId: (grantId) => states.deleteStatesOfGrant(db, grantId),

    async find(id) {
      const row = await findToken(db, stateId(id));
      if (row?.model !== model || !(await isInForce(deps, row))) return undefined;

      const payload = toPayload(stateKey, row, { id });
      if (model === 'Interaction' && isResumedByOther(payload)) return undefined;
      const mayRepeat = model === 'RefreshToken' && (await isRetry(deps, id, row.consumedAt));
      return mayRepeat ? { ...payload, consumed: undefined } : payload;
    },

    async findByUserCode(userCode) {
      const row = await states.findStateByUserCode(db, userCodeHash(userCode));
      return row?.model === model ? toPayload(stateKey, row, { userCode }) : undefined;
    },
  };
}

async function isRetry({ succession }: AdapterDeps, id: string, consumedAt: Date | null) {
  return consumedAt !== null && succession.isRetry(id, consumedAt);
}

interface Located {
  model: string;
  id: string;
}

async function save(deps: AdapterDeps, at: Located, payload: AdapterPayload) {
  const { db, stateKey } = deps;
  refuseNul(payload);
  const row = toStateRow(stateKey, at, payload);
  if (gatherToken(row)) return;
  try {
    if (isApproval(at, payload)) await approveDevice(deps, row);
    else
      await (SAVED_AGAIN.has(at.model) ? states.upsertState(db, row) : states.insertState(db, row));
  } catch (error) {
    if (isForeignKeyViolation(error)) throw new errors.InvalidRequest('the client or user is gone');
    throw error;
  }
}

/** A revoked token leaves a trace; state that merely served its purpose does not. */
async function destroy({ db, clock }: AdapterDeps, { model, id }: Located): Promise<void> {
  if (Provider.ctx?.oidc?.route !== 'revocation') {
    await states.deleteState(db, stateId(id));
    return;
  }

  const { clientId, request } = currentFacts();
  await transact(db, async (tx) => {
    if (!(await states.deleteState(tx, stateId(id)))) return;
    await appendAuditEvent(tx, clock.now(), {
      type: 'token.revoked',
      outcome: 'success',
      actor: clientId ? { type: 'client', id: clientId } : { type: 'anonymous' },
      clientId,
      request,
      detail: { kind: model },
    });
  });
}

async function consume({ db, clock }: AdapterDeps, { model, id }: Located): Promise<void> {
  const now = clock.now();
  if (gatherSpent(model, id, now)) return;
  if (!(await states.consumeState(db, stateId(id), now))) throw lost(model);
}

const lost = (model: string) =>
  model === 'PushedAuthorizationRequest'
    ? new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used')
    : new errors.InvalidGrant(`${model} was already used`);
