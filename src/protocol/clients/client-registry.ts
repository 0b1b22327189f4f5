// The clients this node knows. Nothing is remembered longer than `freshness` vouches for it.
import type { Database } from '../../storage/database.ts';
import type { Freshness } from '../freshness.ts';
import { findClientRow } from './client-store.ts';
import { type RegisteredClient, toRegisteredClient } from './registered-client.ts';

const MOST_REMEMBERED = 10_000;
/** VSCHAR (RFC 6749 §A.1), and longer than any of ours: other texts are neither looked up nor remembered. */
const CLIENT_ID = /^[ -~]{1,128}$/;

export interface ClientRegistry {
  /** The client, unless there is none or it is disabled. The same object until something changes. */
  find(id: string): Promise<RegisteredClient | undefined>;
}

interface Deps {
  db: Database;
  freshness: Freshness;
}

export function createClientRegistry({ db, freshness }: Deps): ClientRegistry {
  let remembered = new Map<string, Promise<RegisteredClient | undefined>>();
  const forget = () => {
    remembered = new Map();
  };
  freshness.on('clients', forget);
  freshness.on('apis', forget);

  return {
    async find(id) {
      if (!CLIENT_ID.test(id)) return undefined;
      if (!freshness.isFresh()) await freshness.ensure();
      const known = remembered.get(id);
      if (known) return known;

      if (remembered.size >= MOST_REMEMBERED) forget();
      const generation = remembered;
      const loading = load(db, id);
      generation.set(id, loading);
      loading.catch(() => generation.delete(id));
      return loading;
    },
  };
}

async function load(db: Database, id: string): Promise<RegisteredClient | undefined> {
  const row = await findClientRow(db, id);
  return row && !row.disabledAt ? toRegisteredClient(row) : undefined;
}
