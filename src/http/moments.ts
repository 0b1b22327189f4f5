import type { Language } from './language.ts';

/** A time for a page: for programs, and as people read it. */
export interface Moment {
  /** ISO 8601. */
  at: string;
  /** To the minute, in UTC. */
  shownAt: string;
}

export function toMoment(date: Date, { moment }: Pick<Language, 'moment'>): Moment {
  return { at: date.toISOString(), shownAt: moment(date) };
}
