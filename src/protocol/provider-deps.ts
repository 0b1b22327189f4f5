import type { Config } from '../config.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Languages } from '../http/languages.ts';
import type { Database } from '../storage/database.ts';
import type { ClientAdapter } from './clients/client-adapter.ts';
import type { ClientRegistry } from './clients/client-registry.ts';
import type { Succession } from './refresh-succession.ts';

/** What the protocol is built on. */
export interface ProviderDeps {
  config: Config;
  db: Database;
  clock: Clock;
  languages: Pick<Languages, 'locales'>;
  registry: ClientRegistry;
  succession: Succession;
  clientAdapter: ClientAdapter;
  /** Seals what the protocol state must be able to read back. */
  stateKey: Buffer;
  /** Seals who can be chosen in a browser. */
  knownAccountsKey: Buffer;
  /** Signs the provider's cookies; the parent application must use the same. */
  cookieKeys: string[];
  /** 32 bytes, the same on every node. */
  dpopNonceSecret: Buffer;
}
