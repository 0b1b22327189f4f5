/** A read whose keys may be asked for together. @returns what was found, by key; a key without anything may be missing */
export type ReadMany<T> = (keys: string[]) => Promise<Map<string, T>>;

interface Waiting<T> {
  answer: (found: T | null) => void;
  refuse: (error: unknown) => void;
}

/** Asks for all that one turn of the event loop wants in one read. Without other requests, that is no wait. */
export function gatherReads<T>(readMany: ReadMany<T>): (key: string) => Promise<T | null> {
  let waiting = new Map<string, Waiting<T>[]>();

  async function flush() {
    const asked = waiting;
    waiting = new Map();
    try {
      const found = await readMany([...asked.keys()]);
      for (const [key, all] of asked) {
        for (const { answer } of all) answer(found.get(key) ?? null);
      }
    } catch (error) {
      for (const { refuse } of [...asked.values()].flat()) refuse(error);
    }
  }

  return (key) => {
    if (waiting.size === 0) setImmediate(() => void flush());
    const { promise, resolve, reject } = Promise.withResolvers<T | null>();
    const others = waiting.get(key) ?? [];
    others.push({ answer: resolve, refuse: reject });
    waiting.set(key, others);
    return promise;
  };
}
