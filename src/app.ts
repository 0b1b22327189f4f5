import type { Router } from '@koa/router';
import Koa from 'koa';
import { accountRoutes } from './account/account-routes.ts';
import { useAppearance } from './http/appearance.ts';
import { assetRoutes } from './http/asset-routes.ts';
import { clientAddress } from './http/client-address.ts';
import { csrf } from './http/csrf.ts';
import { errorBoundary } from './http/error-boundary.ts';
import { healthRoutes } from './http/health-routes.ts';
import { issuerHost } from './http/issuer-host.ts';
import { metricsRoutes } from './http/metrics-routes.ts';
import { requestContext } from './http/request-context.ts';
import { requestLanguage } from './http/request-language.ts';
import { securityHeaders } from './http/security-headers.ts';
import { homeRoutes } from './home/home-routes.ts';
import { mailboxRoutes } from './mailbox/mailbox-routes.ts';
import { credentialUndoRoutes } from './identity/credential-undo/credential-undo-routes.ts';
import { emailVerificationRoutes } from './identity/email-verification/email-verification-routes.ts';
import { emailChangeRoutes } from './identity/email-change/email-change-routes.ts';
import { pictureRoutes } from './identity/pictures/picture-routes.ts';
import { invitationRoutes } from './identity/registration/invitation-routes.ts';
import { registrationLinkRoutes } from './identity/registration/registration-link-routes.ts';
import { recoveryRoutes } from './identity/recovery/recovery-routes.ts';
import { setupRoutes } from './identity/setup/setup-routes.ts';
import { signIn } from './identity/sign-in/sign-in.ts';
import { interactionRoutes } from './protocol/interactions/interaction-routes.ts';
import { playgroundRoutes } from './playground/playground-routes.ts';
import { protocolRoutes } from './protocol/protocol-routes.ts';
import { isInteractionOpen } from './protocol/state/open-interaction.ts';
import type { Services } from './services.ts';

/** The table of contents: everything a request passes through, in order. */
export function createApp(services: Services): Koa {
  const { config } = services;
  const app = new Koa({ proxy: true }); // the forwarded headers are ours by then: see client-address.ts
  app.keys = services.cookieKeys; // the same as the provider's: interactions are read and written through both

  app.use(clientAddress(config));
  app.use(requestContext(services));
  app.use(securityHeaders(config));
  app.use(requestLanguage(services));
  app.use(useAppearance(services));
  app.use(errorBoundary(services));
  app.use(healthRoutes(services));
  app.use(metricsRoutes(services));
  app.use(issuerHost(config));
  app.use(csrf(services));

  app.use(protocolRoutes(services)); // before the pages: tokens are what is asked for most

  for (const router of pages(services)) app.use(router.routes());
  return app;
}

/** Which there are is for the settings to say; no path is that of two. */
function pages(services: Services): Router[] {
  const { config } = services;
  const links = {
    ...services,
    isInteractionOpen: (uid: string) => isInteractionOpen(services, uid),
  };
  return [
    assetRoutes(services.appearance.assets),
    homeRoutes(services),
    setupRoutes(services),
    interactionRoutes({ ...services, signIn }),
    emailVerificationRoutes(services),
    emailChangeRoutes(services),
    pictureRoutes(services),
    ...(config.registration === 'off'
      ? []
      : [registrationLinkRoutes(links), invitationRoutes(services)]),
    ...(services.mail.available ? [recoveryRoutes(links), credentialUndoRoutes(services)] : []),
    accountRoutes(services),
    ...(config.developmentPages ? [playgroundRoutes(services)] : []),
    ...(config.mailbox ? [mailboxRoutes(services)] : []),
  ];
}
