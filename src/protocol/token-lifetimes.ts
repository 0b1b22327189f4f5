// How long everything the provider issues lives, in seconds.
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Config } from '../config.ts';

const ANONYMOUS_SESSION_SECONDS = 10 * 60;
const GRANT_MARGIN_SECONDS = 30 * 86_400;

/** @returns the provider's `ttl` */
export function tokenLifetimes(config: Config): NonNullable<Configuration['ttl']> {
  const { refreshTokenSeconds, refreshTokenMaxSeconds } = config;
  return {
    AccessToken: (_, { resourceServer }) =>
      resourceServer?.accessTokenTTL ?? config.accessTokenSeconds,
    ClientCredentials: (_, { resourceServer }) =>
      resourceServer?.accessTokenTTL ?? config.accessTokenSeconds,
    AuthorizationCode: config.authorizationCodeSeconds,
    DeviceCode: config.deviceCodeSeconds,
    IdToken: config.idTokenSeconds,
    Interaction: config.interactionSeconds,
    // The provider refuses every token of an ended grant, so a grant outlives the longest refresh token.
    Grant: grantSeconds(config),
    RefreshToken: (ctx) => remainingOfFamily(ctx, { refreshTokenSeconds, refreshTokenMaxSeconds }),
    Session: (_, session) =>
      session.accountId ? config.sessionSeconds : ANONYMOUS_SESSION_SECONDS,
  };
}

/** How long a grant lives. */
export const grantSeconds = ({ refreshTokenMaxSeconds }: Config): number =>
  refreshTokenMaxSeconds + GRANT_MARGIN_SECONDS;

type Refresh = Pick<Config, 'refreshTokenSeconds' | 'refreshTokenMaxSeconds'>;

/** Each rotation starts the idle time anew, but never past the end of the family. */
function remainingOfFamily(ctx: KoaContextWithOIDC, limits: Refresh): number {
  const rotated = ctx?.oidc?.entities.RotatedRefreshToken;
  if (!rotated) return limits.refreshTokenSeconds;
  const left = limits.refreshTokenMaxSeconds - rotated.totalLifetime();
  return Math.max(1, Math.min(limits.refreshTokenSeconds, left));
}
