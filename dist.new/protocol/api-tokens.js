import { deleteStatesOfAudience } from './state/protocol-state-store.js';
/** Ends the opaque tokens made for an API that is no more; its JWTs run out by themselves within minutes. */
export function endTokensOfApi(tx, identifier) {
    return deleteStatesOfAudience(tx, identifier);
}
//# sourceMappingURL=api-tokens.js.map