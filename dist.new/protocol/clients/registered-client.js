export function toRegisteredClient(row) {
    return {
        ...row,
        type: row.type,
        tokenEndpointAuthMethod: row.tokenEndpointAuthMethod,
        grantTypes: row.grantTypes,
        redirectUris: row.redirectUris,
        postLogoutRedirectUris: row.postLogoutRedirectUris,
        apis: allowedApis(row),
        secrets: row.secrets.map(({ id, secretHash, createdAt, expiresAt }) => ({
            id,
            hash: secretHash,
            createdAt,
            expiresAt,
        })),
        owner: row.owner?.login,
        actsAsApi: row.actsAsApi && !row.actsAsApi.disabledAt ? row.actsAsApi.identifier : undefined,
    };
}
function allowedApis({ permissions }) {
    const apis = new Map();
    for (const { permission } of permissions) {
        const { api, name, description } = permission;
        if (api.disabledAt)
            continue;
        const allowed = apis.get(api.identifier) ?? { ...describeApi(api), permissions: [] };
        allowed.permissions.push({ name, description });
        apis.set(api.identifier, allowed);
    }
    return [...apis.values()].sort((a, b) => a.identifier.localeCompare(b.identifier));
}
function describeApi({ identifier, name, tokenFormat, accessTokenSeconds, signingAlg }) {
    return {
        identifier,
        name,
        tokenFormat: tokenFormat,
        accessTokenSeconds,
        signingAlg,
    };
}
//# sourceMappingURL=registered-client.js.map