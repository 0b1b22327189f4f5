// Introspection of JWT access tokens (RFC 7662). The provider refuses them, since they carry their own
// answer; but an API that asks wants to know more than a signature says: whether the client, the user and
// what was granted between them are still there. The provider has authenticated the caller by then.
import type { Context } from 'koa';
import { type JWTPayload, jwtVerify } from 'jose';
import type { Client } from 'oidc-provider';
import type { Config } from '../config.ts';
import type { Database } from '../storage/database.ts';
import { findProfile } from './accounts/account-claims.ts';
import type { ClientRegistry } from './clients/client-registry.ts';
import { findGrant } from './grants/grant-store.ts';
import { mayIntrospect } from './introspection-policy.ts';
import type { LiveProvider } from './live-provider.ts';
import { oidcOf } from './oidc-context.ts';
import { refusalOf } from './provider-events.ts';
import { GRANT_CLAIM } from './token-claims.ts';

interface Deps {
  config: Pick<Config, 'issuer'>;
  db: Database;
  live: LiveProvider;
  registry: ClientRegistry;
}

/** Answers in the provider's place where it refused a token for being a JWT; else it answers false. */
export async function introspectJwt(deps: Deps, ctx: Context): Promise<boolean> {
  if (!isRefusedJwt(ctx)) return false;

  const { client, params } = oidcOf(ctx) ?? {};
  if (!client) return false;
  ctx.status = 200;
  ctx.body = (await introspect(deps, client, params?.['token'])) ?? { active: false };
  return true;
}

async function introspect(deps: Deps, caller: Client, token: unknown) {
  const claims = await verified(deps, token);
  if (!claims || !(await isAlive(deps, claims))) return undefined;
  const isTold = mayIntrospect(caller, { clientId: claims['client_id'], aud: claims.aud });
  return isTold ? described(claims) : undefined;
}

function isRefusedJwt(ctx: Context): boolean {
  const error = refusalOf(ctx)?.error;
  return (error?.error ?? error?.message) === 'unsupported_token_type';
}

async function verified({ config, live }: Deps, token: unknown): Promise<JWTPayload | undefined> {
  if (typeof token !== 'string') return undefined;
  try {
    const keys = await live.verificationKeys();
    return (await jwtVerify(token, keys, { issuer: config.issuer, typ: 'at+jwt' })).payload;
  } catch (error) {
    if (isJoseError(error)) return undefined;
    throw error;
  }
}

const isJoseError = (error: unknown) =>
  String(Reflect.get(Object(error), 'code')).startsWith('ERR_J');

async function isAlive({ db, registry }: Deps, claims: JWTPayload): Promise<boolean> {
  const { sub = '', client_id: clientId, aud, [GRANT_CLAIM]: grantId } = claims;
  const client = typeof clientId === 'string' ? await registry.find(clientId) : undefined;
  if (!client?.apis.some(({ identifier }) => identifier === aud)) return false;
  if (sub === client.id) return true;

  return (
    (await findProfile(db, sub)) !== undefined &&
    isGrantedBy(db, grantId, { accountId: sub, clientId: client.id })
  );
}

/** A grant that came later is another: what a token was good for ended with its own. */
async function isGrantedBy(
  db: Database,
  grantId: unknown,
  { accountId, clientId }: { accountId: string; clientId: string },
): Promise<boolean> {
  const grant = typeof grantId === 'string' ? await findGrant(db, grantId) : undefined;
  return grant?.accountId === accountId && grant.clientId === clientId;
}

function described(claims: JWTPayload) {
  return { active: true, ...claims, token_type: claims['cnf'] ? 'DPoP' : 'Bearer' };
}
