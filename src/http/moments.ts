/** A time for a page: for programs, and as people read it. */
export interface Moment {
  /** ISO 8601. */
  at: string;
  /** To the minute, in UTC. */
  shownAt: string;
}

export function toMoment(date: Date): Moment {
  const at = date.toISOString();
  return { at, shownAt: `${at.slice(0, 16).replace('T', ' ')} UTC` };
}
