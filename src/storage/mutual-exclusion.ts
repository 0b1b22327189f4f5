/** Waits for its turn, first come first served; the caller gives it back by calling the answer once. */
export type TakeTurn = () => Promise<() => void>;

/** Lets one caller at a time through. */
export function createTurnstile(): TakeTurn {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const { promise: done, resolve: giveBack } = Promise.withResolvers<void>();
    const turn = last.then(() => giveBack);
    last = done;
    return turn;
  };
}
