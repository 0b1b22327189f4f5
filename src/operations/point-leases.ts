// Points of a rate limit that a node took in advance and spends without asking the database.

interface Lease {
  left: number;
  untilMs: number;
  /** Being taken; who comes meanwhile waits for it. */
  taking?: Promise<void>;
}

const MOST_KEYS = 10_000;

/**
 * @param take takes points of a key for good, and answers until when they may be spent (epoch milliseconds); it
 * rejects when there are none
 * @param size points to take at a time
 * @returns spends one point of a key
 */
export function createLeases(take: (key: string, points: number) => Promise<number>, size: number) {
  const leases = new Map<string, Lease>();

  async function refill(key: string, lease: Lease): Promise<void> {
    try {
      lease.untilMs = await take(key, size);
      lease.left = size;
    } finally {
      delete lease.taking;
    }
  }

  return async function spend(key: string): Promise<void> {
    const lease = leases.get(key) ?? remember(leases, key);
    while (lease.left === 0 || lease.untilMs <= Date.now()) {
      lease.taking ??= refill(key, lease);
      await lease.taking;
    }
    lease.left -= 1;
  };
}

function remember(leases: Map<string, Lease>, key: string): Lease {
  if (leases.size >= MOST_KEYS) forget(leases);
  const lease = { left: 0, untilMs: 0 };
  leases.set(key, lease);
  return lease;
}

// What is over first; if nothing is, the oldest: its points are lost, which only makes the limit stricter.
function forget(leases: Map<string, Lease>) {
  const now = Date.now();
  for (const [key, { untilMs, taking }] of leases) {
    if (untilMs <= now && !taking) leases.delete(key);
  }
  for (const key of leases.keys()) {
    if (leases.size < MOST_KEYS) return;
    leases.delete(key);
  }
}
