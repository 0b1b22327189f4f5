import { type Client, type Configuration, errors } from 'oidc-provider';
import type { Config } from '../config.ts';
import { keepAuthenticationClaims } from './claims-parameter.ts';
import { newClientId } from './clients/clients.ts';
import { newSecret } from '../foundation/secrets.ts';
import { mayIntrospect } from './introspection-policy.ts';
import * as pages from './provider-pages.ts';
import type { ProviderDeps } from './provider-deps.ts';
import { asksForPermissions, defaultResource, describeResourceServer } from './resource-servers.ts';

type Features = NonNullable<Configuration['features']>;

/** What is on. The provider's own development pages never are. */
export function providerFeatures({ config, db, dpopNonceSecret }: ProviderDeps): Features {
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    claimsParameter: {
      enabled: true,
      assertClaimsParameter: (ctx, claims) => keepAuthenticationClaims(ctx, claims),
    },
    userinfo: { enabled: true },
    jwtUserinfo: { enabled: false },
    pushedAuthorizationRequests: { enabled: true },
    backchannelLogout: { enabled: true },
    externalSigningSupport: { enabled: true, ack: 'experimental-01' }, // see keys/token-signer.ts
    dPoP: { enabled: true, nonceSecret: dpopNonceSecret },
    introspection: {
      enabled: true,
      allowedPolicy: async (_, client, token) => mayIntrospect(client, token),
    },
    revocation: {
      enabled: true,
      allowedPolicy: async (_, client, token) => mayRevoke(client, token),
    },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx) => pages.logoutPage({ db }, ctx),
      postLogoutSuccessSource: pages.loggedOutPage,
    },
    ...deviceFlow({ db }),
    ...resources,
    ...registration(config),
  };
}

const deviceFlow = ({ db }: Pick<ProviderDeps, 'db'>) =>
  ({
    deviceFlow: {
      enabled: true,
      charset: 'base-20',
      mask: '****-****',
      deviceInfo: (ctx) => ({ ip: ctx.ip, ua: ctx.get('user-agent').slice(0, 200) }),
      userCodeInputSource: pages.deviceCodePage,
      userCodeConfirmSource: pages.deviceConfirmPage({ db }),
      successSource: pages.deviceDonePage,
    },
  }) satisfies Features;

const resources = {
  resourceIndicators: {
    enabled: true,
    defaultResource: async (ctx, client, oneOf) => defaultResource(ctx, client, oneOf),
    useGrantedResource: async (ctx) => asksForPermissions(ctx),
    getResourceServerInfo: async (ctx, identifier, client) =>
      describeResourceServer(ctx, identifier, client),
  },
} satisfies Features;

function registration({ dynamicRegistration, insecureOpenRegistration }: Config) {
  return {
    registration: {
      enabled: dynamicRegistration,
      initialAccessToken: !insecureOpenRegistration,
      idFactory: () => newClientId(),
      secretFactory: async () => newSecret(),
    },
    registrationManagement: {
      enabled: dynamicRegistration,
      rotateRegistrationAccessToken: true,
    },
  } satisfies Features;
}

/** Only its own tokens (RFC 7009 §2.1); a public client learns nothing of others. @throws InvalidRequest */
function mayRevoke(client: Client, { clientId }: { clientId?: unknown }): boolean {
  if (clientId === client.clientId) return true;
  if (client.clientAuthMethod === 'none') return false;
  throw new errors.InvalidRequest('client is not authorized to revoke the presented token');
}
