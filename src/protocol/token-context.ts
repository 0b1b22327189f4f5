// What a request has read of a token and of all that the token hangs on, for what the provider asks next: its grant,
// its user and its session, each by itself. Nothing is remembered beyond the request.
import { Provider } from 'oidc-provider';
import type { Database } from '../storage/database.ts';
import type { TokenRows } from '../storage/direct-access.ts';
import { readTokenRows } from '../storage/point-reads.ts';
import { findState, type StateRow } from './state/protocol-state-store.ts';

interface Context {
  grants: Map<string, TokenRows['grant']>;
  users: Map<string, TokenRows['user']>;
  sessions: Map<string, TokenRows['sessions']>;
}

const contexts = new WeakMap<object, Context>();

// Where a token is judged, and its session is not changed.
const ROUTES = new Set(['token', 'introspection', 'userinfo', 'revocation']);

/** The token with that id, as it is stored. */
export async function findToken(db: Database, id: string): Promise<StateRow | null> {
  const request = Provider.ctx;
  const rows = request && ROUTES.has(request.oidc.route) ? await readTokenRows(db, id) : undefined;
  if (!request || rows === undefined) return findState(db, id);
  if (!rows) return null;

  remember(request, rows);
  return rows.token;
}

/** `null` when there was none; nothing when this request has not read it. */
export const grantInContext = (id: string) => current()?.grants.get(id);
export const userInContext = (id: string) => current()?.users.get(id);
export const sessionInContext = (uid: string) => current()?.sessions.get(uid);

/** To be told of every change of a grant. */
export function forgetGrant(id: string): void {
  current()?.grants.delete(id);
}

function current(): Context | undefined {
  return Provider.ctx && contexts.get(Provider.ctx);
}

function remember(request: object, { token, grant, user, sessions }: TokenRows): void {
  const context = contexts.get(request) ?? {
    grants: new Map(),
    users: new Map(),
    sessions: new Map(),
  };
  contexts.set(request, context);
  if (token.grantId) context.grants.set(token.grantId, grant);
  if (token.userId) context.users.set(token.userId, user);
  if (token.sessionUid) context.sessions.set(token.sessionUid, sessions);
}
