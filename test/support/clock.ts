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

/** The time as it is, and by as much later as it was put forward. */
export function clockAhead(): Clock & { advance(seconds: number): void } {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead * 1000),
    advance: (seconds) => {
      ahead += seconds;
    },
  };
}
