import { findActiveAccount } from './account-store.js';
/** Which scope opens which claims (OpenID Connect Core §5.4). */
export const CLAIMS_OF_SCOPE = {
    openid: ['sub'],
    profile: ['name', 'preferred_username', 'updated_at'],
    email: ['email', 'email_verified'],
};
/** The provider's `findAccount`: a missing or disabled user ends the token or session that named it. */
export async function findAccount(db, id) {
    const account = await findActiveAccount(db, id);
    return account && { accountId: account.id, claims: () => claimsOf(account) };
}
function claimsOf({ id, login, name, email, emailVerified, updatedAt }) {
    return {
        sub: id,
        preferred_username: login,
        updated_at: Math.floor(updatedAt.getTime() / 1000),
        ...(name && { name }),
        ...(email && { email, email_verified: emailVerified }),
    };
}
//# sourceMappingURL=account-claims.js.map