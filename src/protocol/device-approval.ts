import type { AdapterPayload } from 'oidc-provider';
import type { Clock } from '../foundation/clock.ts';
import { appendAuditEvent } from '../operations/audit/audit-log.ts';
import { type Database, transact } from '../storage/database.ts';
import { currentFacts } from './request-of-provider.ts';
import { type NewState, upsertState } from './state/protocol-state-store.ts';

interface Deps {
  db: Database;
  clock: Clock;
}

/** Whether what the provider stores of a device's code is that a person has let the device in. */
export const isApproval = ({ model }: { model: string }, { accountId }: AdapterPayload) =>
  model === 'DeviceCode' && accountId !== undefined;

/** That a person let a device in is on record with the act, whoever's tokens come of it. */
export async function approveDevice({ db, clock }: Deps, row: NewState): Promise<void> {
  const { request } = currentFacts();
  await transact(db, async (tx) => {
    await upsertState(tx, row);
    await appendAuditEvent(tx, clock.now(), {
      type: 'device.authorized',
      outcome: 'success',
      actor: row.userId ? { type: 'user', id: row.userId } : { type: 'anonymous' },
      ...(row.clientId && { target: { type: 'client', id: row.clientId } }),
      clientId: row.clientId ?? undefined,
      request,
    });
  });
}
