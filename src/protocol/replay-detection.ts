import type { Provider } from 'oidc-provider';
import { hashSecret } from '../foundation/secrets.ts';
import type { Database } from '../storage/database.ts';
import { isUniqueViolation } from '../storage/database-errors.ts';
import { insertState } from './state/protocol-state-store.ts';

/** A jti counts once (RFC 7523 §3, RFC 9449 §11.1): the unique row decides, not a look before. */
export function overrideReplayDetection(provider: Provider, { db }: { db: Database }): void {
  Object.assign(provider.ReplayDetection, {
    async unique(issuer: string, jti: string, exp: number): Promise<boolean> {
      try {
        await insertState(db, {
          id: hashSecret(`replay:${issuer}\n${jti}`),
          model: 'ReplayDetection',
          grantId: null,
          clientId: null,
          userId: null,
          sessionUid: null,
          audience: null,
          payload: {},
          expiresAt: new Date(exp * 1000),
        });
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
  });
}
