// The second yardstick, run as a process: oidc-provider with its own adapter in memory and a sign-in that asks
// nothing of anybody. It does the flows that Latchkey is measured with, and has no storage, audit, limits or pages.
import { exportJWK, generateKeyPair } from 'jose';
import type Koa from 'koa';
import type { Context } from 'koa';
import { type Configuration, Provider } from 'oidc-provider';
import { BARE_FIXTURE, CALLBACK, IDENTITY, ORDERS, ORDERS_READ } from './fixture.ts';

const { service, web } = BARE_FIXTURE;
const port = Number(process.env['PORT']);
const cookieKeys = ['the bare provider keeps no secrets'];

const provider = new Provider(`http://127.0.0.1:${port}`, await configuration());
provider.use(interactionPages);
// Forwarded headers are believed here as they are in the server that this is compared with.
provider.proxy = true;
provider.listen(port, '127.0.0.1');

async function configuration(): Promise<Configuration> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kty: 'EC', alg: 'ES256', use: 'sig', kid: 'one' };
  return {
    jwks: { keys: [key] },
    clients: clients(),
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: ['openid', 'profile'],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'updated_at'] },
    responseTypes: ['code'],
    pkce: { required: () => true },
    cookies: { keys: cookieKeys },
    routes: { introspection: '/introspect', userinfo: '/userinfo', end_session: '/logout' },
    features: features(),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 600,
      ClientCredentials: 600,
      IdToken: 3600,
      Interaction: 1800,
      Session: 86_400,
      Grant: 86_400,
    },
    findAccount: async (_, id) => ({ accountId: id, claims: () => claimsOf(id) }),
  };
}

function clients(): Configuration['clients'] {
  return [
    {
      client_id: service.id,
      client_secret: service.secret,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    },
    {
      client_id: web.id,
      client_secret: web.secret,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: [CALLBACK],
    },
  ];
}

function features(): Configuration['features'] {
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    deviceFlow: { enabled: true },
    backchannelLogout: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx) =>
        ctx.oidc.params?.['grant_type'] === 'client_credentials' ? ORDERS : [],
      getResourceServerInfo: () => ({
        audience: ORDERS,
        scope: ORDERS_READ,
        accessTokenTTL: 600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  };
}

function claimsOf(id: string) {
  return { sub: id, name: 'A Person', preferred_username: id, updated_at: 1_767_225_600 };
}

/** GET shows a form, and whoever sends it is signed in and has agreed. */
async function interactionPages(ctx: Context, next: Koa.Next): Promise<void> {
  if (!ctx.path.startsWith('/interaction/')) return next();

  if (ctx.method === 'GET') return showForm(ctx);
  const accountId = (await readForm(ctx)).get('login') ?? '';
  const grant = new provider.Grant({ accountId, clientId: web.id });
  grant.addOIDCScope(IDENTITY);
  const result = { login: { accountId }, consent: { grantId: await grant.save() } };
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  ctx.status = 303;
}

async function showForm(ctx: Context): Promise<void> {
  await provider.interactionDetails(ctx.req, ctx.res);
  ctx.body = `<form method="post" action="${ctx.path}"><input name="login"><button id="login-submit">Sign in</button></form>`;
}

async function readForm({ req }: Context): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
