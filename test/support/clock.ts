import type { Clock } from '../../src/foundation/clock.ts';

export interface TestClock extends Clock {
  moveTo(iso: string): void;
  advance(seconds: number): void;
}

/** A clock that stands still until it is moved. */
export function clockAt(iso: string): TestClock {
  let now = new Date(iso);
  return {
    now: () => now,
    moveTo: (later) => {
      now = new Date(later);
    },
    advance: (seconds) => {
      now = new Date(now.getTime() + seconds * 1000);
    },
  };
}
