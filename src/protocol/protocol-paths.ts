/** Where the protocol's endpoints are. Clients find them by discovery. */
export const ROUTES = {
  authorization: '/auth',
  token: '/token',
  userinfo: '/userinfo',
  jwks: '/jwks',
  introspection: '/introspect',
  revocation: '/revoke',
  pushed_authorization_request: '/par',
  device_authorization: '/device_authorization',
  code_verification: '/device',
  registration: '/register',
  end_session: '/logout',
} as const;

/** Where the form with a device's code leads, so that what it asks next has an address of its own. */
export const DEVICE_CONFIRMATION = `${ROUTES.code_verification}/confirm`;

const { authorization, code_verification: device, end_session: logout, registration } = ROUTES;

const EXACT = new Set<string>([
  ...Object.values(ROUTES),
  DEVICE_CONFIRMATION,
  `${logout}/confirm`,
  `${logout}/success`,
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
]);
const WITH_ID = [authorization, device, registration].map((path) => `${path}/`);
const ID = /^[\w-]+$/;

/**
 * Whether the provider is to see a request for that path. It would also match one in capitals or with a slash at the
 * end, by which whatever is decided here by the path could be passed by: those lead nowhere.
 */
export function isProtocolPath(path: string): boolean {
  return (
    EXACT.has(path) ||
    WITH_ID.some((prefix) => path.startsWith(prefix) && ID.test(path.slice(prefix.length)))
  );
}
