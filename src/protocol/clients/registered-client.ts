import * as z from 'zod';
import type { AuthMethod, ClientType } from './client-presets.ts';
import type { ClientRow } from './client-store.ts';

/** An API that a client may ask tokens for, with the permissions it may ask. */
export interface AllowedApi {
  identifier: string;
  name: string;
  tokenFormat: 'jwt' | 'opaque';
  accessTokenSeconds: number;
  signingAlg: string;
  /** What people reach for its tokens: see interactions/demand.ts. */
  level: number;
  permissions: { name: string; description: string }[];
}

/** A client as the rules see it: its row with all that hangs on it, lists as lists. */
export interface RegisteredClient
  extends Omit<ClientRow, 'permissions' | 'secrets' | 'owner' | 'actsAsApi' | 'type'> {
  type: ClientType;
  tokenEndpointAuthMethod: AuthMethod;
  grantTypes: string[];
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  apis: AllowedApi[];
  secrets: { id: string; hash: string; createdAt: Date; expiresAt: Date | null }[];
  owner: string | undefined;
  actsAsApi: string | undefined;
  /** OpenID Connect Registration §2, as `initiateLoginUri` is. */
  defaultAcrValues: string[];
  /** Where a sign-in can be begun anew (Core §4). */
  initiateLoginUri: string | undefined;
}

const otherMetadata = z.object({
  default_acr_values: z.array(z.string()).optional(),
  initiate_login_uri: z.string().optional(),
});

export function toRegisteredClient(row: ClientRow): RegisteredClient {
  const other = otherMetadata.safeParse(row.otherMetadata).data;
  return {
    ...row,
    type: row.type as ClientType,
    tokenEndpointAuthMethod: row.tokenEndpointAuthMethod as AuthMethod,
    grantTypes: row.grantTypes as string[],
    redirectUris: row.redirectUris as string[],
    postLogoutRedirectUris: row.postLogoutRedirectUris as string[],
    apis: allowedApis(row),
    secrets: row.secrets.map(({ id, secretHash, createdAt, expiresAt }) => ({
      id,
      hash: secretHash,
      createdAt,
      expiresAt,
    })),
    owner: row.owner?.login,
    actsAsApi: row.actsAsApi && !row.actsAsApi.disabledAt ? row.actsAsApi.identifier : undefined,
    defaultAcrValues: other?.default_acr_values ?? [],
    initiateLoginUri: other?.initiate_login_uri,
  };
}

function allowedApis({ permissions }: ClientRow): AllowedApi[] {
  const apis = new Map<string, AllowedApi>();
  for (const { permission } of permissions) {
    const { api, name, description } = permission;
    if (api.disabledAt) continue;
    const allowed = apis.get(api.identifier) ?? { ...describeApi(api), permissions: [] };
    allowed.permissions.push({ name, description });
    apis.set(api.identifier, allowed);
  }
  return [...apis.values()].toSorted((a, b) => a.identifier.localeCompare(b.identifier));
}

type ApiRow = ClientRow['permissions'][number]['permission']['api'];

function describeApi({ identifier, name, level, signingAlg, ...api }: ApiRow) {
  const { tokenFormat, accessTokenSeconds } = api;
  return {
    identifier,
    name,
    level,
    tokenFormat: tokenFormat as 'jwt' | 'opaque',
    accessTokenSeconds,
    signingAlg,
  };
}
