// What another request does while one is under way.

/**
 * Runs the work once, just after the method has answered.
 * @returns what takes that back, should the method never be called
 */
export function meanwhile<K extends string>(
  target: Record<K, (...args: never[]) => Promise<unknown>>,
  method: K,
  work: () => Promise<unknown>,
): () => void {
  const own = target[method];
  const restore = () => void Object.assign(target, { [method]: own });
  Object.assign(target, {
    async [method](...args: never[]) {
      const result = await own.apply(target, args);
      restore();
      await work();
      return result;
    },
  });
  return restore;
}
