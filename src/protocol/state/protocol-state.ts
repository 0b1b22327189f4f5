// How the provider's short-lived state is laid out at rest. Bearer values are never there in clear:
// ids are hashed, and the few that must be read back (a device's code, an interaction's reference to
// it or to a pushed request) are sealed.
import type { AdapterPayload } from 'oidc-provider';
import * as z from 'zod';
import { hashSecret } from '../../foundation/secrets.ts';
import type { Db } from '../../storage/database.ts';
import { seal, unseal } from '../../storage/sealed-value.ts';
import { insertState, type NewState, type StateRow, updateState } from './protocol-state-store.ts';

interface Located {
  model: string;
  id: string;
}

const OWN_ID = '{id}';
const SEALED = ['deviceCode', 'parJti'] as const;
const COLUMNS = [
  'jti',
  'kind',
  'consumed',
  'clientId',
  'accountId',
  'sessionUid',
  'userCode',
  'exp',
];

export const stateId = (id: string) => hashSecret(id);
export const userCodeHash = (userCode: string) => hashSecret(`user_code:${userCode}`);

/** A payload of the provider as a row; `consumedAt` is not part of it, since only `consume` sets it. */
export function toStateRow(key: Buffer, { model, id }: Located, payload: AdapterPayload): NewState {
  const row = stateId(id);
  const isInteraction = model === 'Interaction';
  return {
    id: row,
    model,
    ...ownersOf(payload),
    grantId: isInteraction ? null : (payload.grantId ?? null),
    ...(payload.userCode && { userCodeHash: userCodeHash(payload.userCode) }),
    payload: {
      ...(isInteraction ? interactionAtRest(payload, id) : atRest(payload)),
      ...sealedReferences(key, row, payload),
      ...(model === 'DeviceCode' && { sealedId: seal(key, id, row) }),
    },
    expiresAt: payload.exp ? new Date(payload.exp * 1000) : null,
  };
}

/** What state is found by, so that it ends with what it hangs on. */
function ownersOf(payload: AdapterPayload) {
  const { clientId, params, sessionUid, aud } = payload;
  return {
    clientId: clientId ?? textOf(params?.['client_id']),
    userId: textOf(personIn(payload)),
    sessionUid: textOf(sessionUid),
    audience: textOf(aud),
  };
}

/** Of an interaction, whoever signed in last: what they typed may no longer be their password when it goes on. */
function personIn({ accountId, result, session }: AdapterPayload) {
  return accountId ?? result?.login?.accountId ?? proverIn(result) ?? session?.accountId;
}

const halfSignedIn = z.object({ proved: z.object({ accountId: z.string() }) });

/** Whoever has proved a part of what is needed. */
const proverIn = (result: unknown) =>
  result === undefined ? undefined : halfSignedIn.safeParse(result).data?.proved.accountId;

/** Without what has a column of its own. */
function atRest(payload: AdapterPayload): AdapterPayload {
  return omit(payload, [...COLUMNS, 'grantId', ...SEALED]);
}

interface Keeper {
  /** May be a transaction. */
  db: Db;
  stateKey: Buffer;
}

/** Stores state that is new. */
export function addState({ db, stateKey }: Keeper, at: Located, payload: AdapterPayload) {
  return insertState(db, toStateRow(stateKey, at, payload));
}

/** Stores state anew and answers whether it was there: what ended meanwhile stays ended. */
export function replaceState({ db, stateKey }: Keeper, at: Located, payload: AdapterPayload) {
  return updateState(db, toStateRow(stateKey, at, payload));
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

/** The columns, by the provider's names; an interaction keeps its client and user in its payload. */
function columns(row: StateRow): AdapterPayload {
  const owners = row.model === 'Interaction' ? [] : Object.entries(ownersIn(row));
  return {
    ...Object.fromEntries(owners.filter(([, value]) => value !== null)),
    ...(row.consumedAt && { consumed: secondsOf(row.consumedAt) }),
    ...(row.expiresAt && { exp: secondsOf(row.expiresAt) }),
  };
}

const ownersIn = ({ grantId, clientId, userId, sessionUid }: StateRow) => ({
  grantId,
  clientId,
  accountId: userId,
  sessionUid,
});

const secondsOf = (date: Date) => Math.floor(date.getTime() / 1000);

/** An interaction's returnTo holds its own id, and its session the cookie's value (which nothing reads). */
function interactionAtRest(payload: AdapterPayload, id: string): AdapterPayload {
  const kept = omit(payload, [...COLUMNS, ...SEALED]);
  if (kept.session) kept.session = omit(kept.session, ['cookie']);
  return JSON.parse(JSON.stringify(kept).replaceAll(id, OWN_ID)) as AdapterPayload;
}

function omit<T extends object>(from: T, names: readonly string[]): T {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name))) as T;
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

const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
