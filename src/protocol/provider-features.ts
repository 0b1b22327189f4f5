import { type Client, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { newClientId } from './clients/clients.ts';
import { registrationOf } from './clients/client-model.ts';
import { newSecret } from '../foundation/secrets.ts';
import * as pages from './provider-pages.ts';
import type { ProviderDeps } from './provider.ts';
import { asksForPermissions, defaultResource, describeResourceServer } from './resource-servers.ts';

type Features = NonNullable<Configuration['features']>;

/** What is on. The provider's own development pages never are. */
export function providerFeatures({ config, dpopNonceSecret }: ProviderDeps): Features {
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: {
      enabled: true,
      charset: 'base-20',
      mask: '****-****',
      deviceInfo: (ctx) => ({ ip: ctx.ip, ua: ctx.get('user-agent').slice(0, 200) }),
      userCodeInputSource: pages.deviceCodePage,
      userCodeConfirmSource: pages.deviceConfirmPage,
      successSource: pages.deviceDonePage,
    },
    introspection: { enabled: true, allowedPolicy: async (_, client, token) => mayIntrospect(client, token) },
    revocation: { enabled: true, allowedPolicy: async (_, client, token) => mayRevoke(client, token) },
    userinfo: { enabled: true },
    jwtUserinfo: { enabled: false },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: { enabled: true, nonceSecret: dpopNonceSecret },
    resourceIndicators: {
      enabled: true,
      defaultResource: async (ctx, client, oneOf) => defaultResource(ctx, client, oneOf),
      useGrantedResource: async (ctx) => asksForPermissions(ctx),
      getResourceServerInfo: async (ctx, identifier, client) =>
        describeResourceServer(ctx, identifier, client),
    },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: pages.logoutPage,
      postLogoutSuccessSource: pages.loggedOutPage,
    },
    registration: {
      enabled: config.dynamicRegistration,
      initialAccessToken: !config.insecureOpenRegistration,
      idFactory: (_: KoaContextWithOIDC) => newClientId(),
      secretFactory: async () => newSecret(),
    },
    registrationManagement: { enabled: config.dynamicRegistration, rotateRegistrationAccessToken: true },
  };
}

/** Only its own tokens (RFC 7009 §2.1); a public client learns nothing of others. @throws InvalidRequest */
function mayRevoke(client: Client, { clientId }: { clientId?: unknown }): boolean {
  if (clientId === client.clientId) return true;
  if (client.clientAuthMethod === 'none') return false;
  throw new errors.InvalidRequest('client is not authorized to revoke the presented token');
}

/** The client that the token was made for, and the API that it is for (RFC 7662 §2.1, RFC 9701 §5). */
function mayIntrospect(client: Client, { clientId, aud }: { clientId?: unknown; aud?: unknown }): boolean {
  if (clientId === client.clientId) return true;
  const { actsAsApi } = registrationOf(client);
  return client.clientAuthMethod !== 'none' && actsAsApi !== undefined && [aud].flat().includes(actsAsApi);
}
