// How a client appears to people: its name, its pages, its logo and the colour of its pages. What it may do is none of
// this file's business.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { Actor } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, transact } from '../../storage/database.ts';
import { bumpRevision } from '../../storage/revisions.ts';
import { faultOfAccents } from './client-accent.ts';
import * as store from './client-store.ts';
import { audit, unknownClient } from './clients.ts';
import { faultOfName, faultOfPages } from './new-client.ts';

/** What is absent stays, null removes it. A new accent without one for dark pages removes the former one for these. */
export interface ChangedAppearance {
  name?: string | undefined;
  clientUri?: string | null | undefined;
  logoUri?: string | null | undefined;
  policyUri?: string | null | undefined;
  tosUri?: string | null | undefined;
  accentColor?: string | null | undefined;
  accentColorDark?: string | null | undefined;
}

interface Deps {
  db: Database;
  clock: Clock;
}

/** @throws DomainError `client_not_found`, `invalid_client_metadata` naming the field that is wrong */
export async function changeAppearance(
  { db, clock }: Deps,
  { clientId, change }: { clientId: string; change: ChangedAppearance },
  actor: Actor,
): Promise<void> {
  const given = withoutNull(change);
  const fault =
    faultOfPages(given) ??
    faultOfAccents(given) ??
    (change.name === undefined ? undefined : faultOfName({ name: change.name }));
  if (fault) throw new DomainError('invalid', 'invalid_client_metadata', fault);

  await transact(db, async (tx) => {
    if (!(await store.updateClient(tx, clientId, rowOf(change)))) throw unknownClient(clientId);
    const event = audit('client.updated', clientId, actor);
    await appendAuditEvent(tx, clock.now(), { ...event, request: currentRequest() });
    await bumpRevision(tx, 'clients');
  });
}

function rowOf({ name, ...change }: ChangedAppearance) {
  const { accentColor, accentColorDark = null } = change;
  return {
    ...defined(change),
    ...(name !== undefined && { name: name.trim() }),
    ...(accentColor !== undefined && { accentColorDark }),
  };
}

const defined = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function withoutNull(change: ChangedAppearance) {
  return {
    clientUri: change.clientUri ?? undefined,
    logoUri: change.logoUri ?? undefined,
    policyUri: change.policyUri ?? undefined,
    tosUri: change.tosUri ?? undefined,
    accentColor: change.accentColor ?? undefined,
    accentColorDark: change.accentColorDark ?? undefined,
  };
}
