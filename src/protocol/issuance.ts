// What an answer of the token endpoint changes: the code or refresh token that it uses up, and the tokens that it adds.
// While the provider makes the answer, that is only gathered; it is written in one transaction when the answer is
// whole, and the answer leaves when that has succeeded. So a request that is refused uses nothing up, nothing is used
// up without its successor being there, and of many that redeem one token the database lets one win.
import type { Context } from 'koa';
import { errors, Provider } from 'oidc-provider';
import type { Clock } from '../foundation/clock.ts';
import { appendAuditEvent } from '../operations/audit/audit-log.ts';
import { countTokens } from '../operations/metrics.ts';
import type { Database, Db } from '../storage/database.ts';
import { isForeignKeyViolation } from '../storage/database-errors.ts';
import { hasFailed, noteRefusal } from './provider-events.ts';
import type { Succession } from './refresh-succession.ts';
import { factsOf } from './request-of-provider.ts';
import { stateId } from './state/protocol-state.ts';
import { type NewState, writeIssuance } from './state/protocol-state-store.ts';

/** What is used up for tokens, once. */
const SPENT_FOR_TOKENS = new Set(['AuthorizationCode', 'DeviceCode', 'RefreshToken']);
const TOKENS = new Set(['AccessToken', 'RefreshToken', 'ClientCredentials']);

interface Gathered {
  /** The bearer value, and what it is of. */
  spent?: { model: string; id: string; at: Date } | undefined;
  states: NewState[];
}

const gathered = new WeakMap<object, Gathered>();

/** Takes note that the provider used something up; false where that is not for an answer of the token endpoint. */
export function gatherSpent(model: string, id: string, at: Date): boolean {
  const issuance = SPENT_FOR_TOKENS.has(model) ? current() : undefined;
  if (issuance) issuance.spent = { model, id, at };
  return issuance !== undefined;
}

/** Takes note of a token to be stored; false where that is not for an answer of the token endpoint. */
export function gatherToken(state: NewState): boolean {
  const issuance = TOKENS.has(state.model) ? current() : undefined;
  issuance?.states.push(state);
  return issuance !== undefined;
}

function current(): Gathered | undefined {
  const ctx = Provider.ctx;
  if (ctx?.oidc.route !== 'token') return undefined;

  const issuance = gathered.get(ctx) ?? { states: [] };
  gathered.set(ctx, issuance);
  return issuance;
}

interface Deps {
  db: Database;
  clock: Clock;
  succession: Pick<Succession, 'mayRepeat'>;
}

/** Writes what the answer promises; where that fails the answer becomes the refusal. */
export async function settleIssuance(deps: Deps, ctx: Context): Promise<void> {
  if (ctx.status !== 200 || hasFailed(ctx)) return;

  const issuance = gathered.get(ctx);
  const fault = issuance && (await write(deps, ctx, issuance));
  if (fault) refuse(ctx, fault);
  else countTokens(factsOf(ctx).grantType ?? '');
}

/** What the request is refused for, if it must be. */
async function write(deps: Deps, ctx: Context, { spent, states }: Gathered) {
  try {
    if (await writeIssuance(deps.db, issuanceOf(deps, ctx, { spent, states }))) return undefined;
    if (!spent) return undefined;
    // Retries of one refresh token are given the same successor, which the first one stored.
    const isRetry = spent.model === 'RefreshToken' && (await deps.succession.mayRepeat(spent.id));
    if (!isRetry) return new errors.InvalidGrant(`${spent.model} was already used`);

    await writeIssuance(deps.db, { states });
    return undefined;
  } catch (error) {
    // The grant, the user or the client ended while the answer was made.
    if (isForeignKeyViolation(error)) return new errors.InvalidGrant('the grant has ended');
    throw error;
  }
}

function issuanceOf({ clock }: Deps, ctx: Context, { spent, states }: Gathered) {
  if (!spent) return { states };

  const spend = { id: stateId(spent.id), at: spent.at };
  // Of a refresh there is no event: it would be a write more (docs/architecture.md).
  if (spent.model === 'RefreshToken') return { spend, states };
  return { spend, states, note: (tx: Db) => auditIssue(tx, clock.now(), ctx) };
}

async function auditIssue(tx: Db, now: Date, ctx: Context): Promise<void> {
  const { clientId, accountId, grantType, request } = factsOf(ctx);
  await appendAuditEvent(tx, now, {
    type: 'token.issued',
    outcome: 'success',
    actor: clientId ? { type: 'client', id: clientId } : { type: 'anonymous' },
    ...(accountId && { target: { type: 'user', id: accountId } }),
    clientId,
    request,
    ...(grantType && { detail: { grantType } }),
  });
}

function refuse(ctx: Context, error: errors.InvalidGrant): void {
  noteRefusal(ctx, { event: 'grant.error', error });
  ctx.status = error.status;
  ctx.body = { error: error.error, error_description: error.error_description };
}
