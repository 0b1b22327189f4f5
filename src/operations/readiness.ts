/** Whether this process takes requests; the server says when it stops, `/readyz` tells the load balancer. */
export interface Readiness {
  stopping: boolean;
}

export function createReadiness(): Readiness {
  return { stopping: false };
}
