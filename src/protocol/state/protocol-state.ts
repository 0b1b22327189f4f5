// How the provider's short-lived state is laid out at rest. Bearer values are never there in clear:
// ids are hashed, and the few that must be read back (a device's code, an interaction's reference to
// it or to a pushed request) are sealed.
import type { AdapterPayload } from 'oidc-provider';
import { hashSecret } from '../../foundation/secrets.ts';
import { seal, unseal } from '../../storage/sealed-value.ts';

export interface StateRow {
  id: string;
  model: string;
  grantId: string | null;
  clientId: string | null;
  userId: string | null;
  sessionUid: string | null;
  audience: string | null;
  userCodeHash: string | null;
  payload: unknown;
  consumedAt: Date | null;
  expiresAt: Date | null;
}

interface Located {
  model: string;
  id: string;
}

const OWN_ID = '{id}';
const SEALED = ['deviceCode', 'parJti'] as const;

export const stateId = (id: string) => hashSecret(id);
export const userCodeHash = (userCode: string) => hashSecret(`user_code:${userCode}`);

/** A payload of the provider as a row; `consumedAt` is not part of it, since only `consume` sets it. */
export function toStateRow(key: Buffer, { model, id }: Located, payload: AdapterPayload) {
  const { jti, kind, consumed, grantId, clientId, accountId, sessionUid, userCode, exp, ...rest } =
    payload;
  const row = stateId(id);
  return {
    id: row,
    model,
    grantId: model === 'Interaction' ? null : (grantId ?? null),
    clientId: clientId ?? textOf(payload.params?.['client_id']) ?? null,
    userId: accountId ?? payload.session?.accountId ?? null,
    sessionUid: sessionUid ?? null,
    audience: textOf(payload.aud) ?? null,
    ...(userCode && { userCodeHash: userCodeHash(userCode) }),
    payload: {
      ...(model === 'Interaction' ? interactionAtRest(rest, id) : rest),
      ...(model === 'Interaction' && { grantId }),
      ...sealedReferences(key, row, payload),
      ...(model === 'DeviceCode' && { sealedId: seal(key, id, row) }),
    },
    expiresAt: exp ? new Date(exp * 1000) : null,
  };
}

/** The payload as the provider saved it. */
export function toPayload(key: Buffer, row: StateRow, known: { id?: string; userCode?: string }) {
  const { sealedId, ...stored } = row.payload as AdapterPayload & { sealedId?: string };
  const id = known.id ?? unseal(key, sealedId ?? '', row.id);
  const payload = {
    ...(row.model === 'Interaction' ? withOwnId(stored, id) : stored),
    ...columns(row),
    jti: id,
    kind: row.model,
    ...(known.userCode && { userCode: known.userCode }),
  };
  for (const name of SEALED) {
    const sealed = payload[name];
    if (typeof sealed === 'string') payload[name] = unseal(key, sealed, `${row.id}:${name}`);
  }
  return payload;
}

function columns(row: StateRow): AdapterPayload {
  return {
    ...(row.grantId && { grantId: row.grantId }),
    ...(row.clientId && row.model !== 'Interaction' && { clientId: row.clientId }),
    ...(row.userId && row.model !== 'Interaction' && { accountId: row.userId }),
    ...(row.sessionUid && { sessionUid: row.sessionUid }),
    ...(row.consumedAt && { consumed: Math.floor(row.consumedAt.getTime() / 1000) }),
    ...(row.expiresAt && { exp: Math.floor(row.expiresAt.getTime() / 1000) }),
  };
}

/** An interaction's returnTo holds its own id, and its session the cookie's value (which nothing reads). */
function interactionAtRest(payload: AdapterPayload, id: string): AdapterPayload {
  const { cookie: _, ...session } = (payload.session ?? {}) as Record<string, unknown>;
  const kept = { ...payload, ...(payload.session && { session }) };
  return JSON.parse(JSON.stringify(kept).replaceAll(id, OWN_ID)) as AdapterPayload;
}

function withOwnId(stored: AdapterPayload, id: string): AdapterPayload {
  return JSON.parse(JSON.stringify(stored).replaceAll(OWN_ID, id)) as AdapterPayload;
}

function sealedReferences(key: Buffer, row: string, payload: AdapterPayload) {
  return Object.fromEntries(
    SEALED.filter((name) => payload[name]).map((name) => [
      name,
      seal(key, String(payload[name]), `${row}:${name}`),
    ]),
  );
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
