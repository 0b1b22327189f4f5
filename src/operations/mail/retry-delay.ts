const FIRST_SECONDS = 15;
const LONGEST_SECONDS = 4 * 3600;
const JITTER = 0.25;

/**
 * How long to wait after so many failed attempts: twice as long each time, up to four hours, and never quite as long
 * as another mail that failed at the same moment.
 * @param chance from 0 to 1
 */
export function retryDelaySeconds(attempts: number, chance = Math.random()): number {
  const plain = Math.min(FIRST_SECONDS * 2 ** (attempts - 1), LONGEST_SECONDS);
  return plain * (1 + JITTER * (2 * chance - 1));
}
