import { newClientId } from './clients/clients.js';
import { registrationOf } from './clients/client-model.js';
import { newSecret } from '../foundation/secrets.js';
import * as pages from './provider-pages.js';
import { defaultResource, describeResourceServer } from './resource-servers.js';
/** What is on. The provider's own development pages never are. */
export function providerFeatures({ config, dpopNonceSecret }) {
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
        revocation: { enabled: true },
        userinfo: { enabled: true },
        jwtUserinfo: { enabled: false },
        pushedAuthorizationRequests: { enabled: true },
        dPoP: { enabled: true, nonceSecret: dpopNonceSecret },
        resourceIndicators: {
            enabled: true,
            defaultResource: async (ctx, client, oneOf) => defaultResource(ctx, client, oneOf),
            getResourceServerInfo: async (ctx, identifier, client) => describeResourceServer(ctx, identifier, client),
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
            idFactory: (_) => newClientId(),
            secretFactory: async () => newSecret(),
        },
        registrationManagement: { enabled: config.dynamicRegistration, rotateRegistrationAccessToken: true },
    };
}
/** The client that the token was made for, and the API that it is for (RFC 7662 §2.1, RFC 9701 §5). */
function mayIntrospect(client, { clientId, aud }) {
    if (clientId === client.clientId)
        return true;
    const { actsAsApi } = registrationOf(client);
    return client.clientAuthMethod !== 'none' && actsAsApi !== undefined && [aud].flat().includes(actsAsApi);
}
//# sourceMappingURL=provider-features.js.map