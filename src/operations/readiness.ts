import { databaseFaultOf } from '../storage/database-errors.ts';

const DISK_FULL_SECONDS = 10;

/** Whether this process takes requests; `/readyz` tells the load balancer. */
export interface Readiness {
  /** Set by the server when it stops. */
  stopping: boolean;
  /** When a write last failed for want of space, in milliseconds of the monotonic clock. */
  diskFullAt?: number;
}

export function createReadiness(): Readiness {
  return { stopping: false };
}

/** Reading works on a full disk, so that no probe would find out what a request did. */
export function noteFault(readiness: Readiness, error: unknown): void {
  if (databaseFaultOf(error) === 'full') readiness.diskFullAt = performance.now();
}

/** Whether a write failed for want of space a moment ago. */
export function isDiskFull({ diskFullAt = -Infinity }: Readiness): boolean {
  return performance.now() - diskFullAt < DISK_FULL_SECONDS * 1000;
}
