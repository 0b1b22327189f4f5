import { hashSecret } from '../../foundation/secrets.js';
import { seal, unseal } from '../../storage/sealed-value.js';
const OWN_ID = '{id}';
const SEALED = ['deviceCode', 'parJti'];
export const stateId = (id) => hashSecret(id);
export const userCodeHash = (userCode) => hashSecret(`user_code:${userCode}`);
/** A payload of the provider as a row; `consumedAt` is not part of it, since only `consume` sets it. */
export function toStateRow(key, { model, id }, payload) {
    const { jti, kind, consumed, grantId, clientId, accountId, sessionUid, userCode, exp, ...rest } = payload;
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
export function toPayload(key, row, known) {
    const { sealedId, ...stored } = row.payload;
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
        if (typeof sealed === 'string')
            payload[name] = unseal(key, sealed, `${row.id}:${name}`);
    }
    return payload;
}
function columns(row) {
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
function interactionAtRest(payload, id) {
    const { cookie: _, ...session } = (payload.session ?? {});
    const kept = { ...payload, ...(payload.session && { session }) };
    return JSON.parse(JSON.stringify(kept).replaceAll(id, OWN_ID));
}
function withOwnId(stored, id) {
    return JSON.parse(JSON.stringify(stored).replaceAll(OWN_ID, id));
}
function sealedReferences(key, row, payload) {
    return Object.fromEntries(SEALED.filter((name) => payload[name]).map((name) => [
        name,
        seal(key, String(payload[name]), `${row}:${name}`),
    ]));
}
const textOf = (value) => (typeof value === 'string' ? value : undefined);
//# sourceMappingURL=protocol-state.js.map