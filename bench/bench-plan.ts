// How much is measured, and how long it may take. Everything here is bounded, so that a run ends within five minutes
// on two cores whatever the subjects do.

/** Each round measures every case on every subject once, in an order of its own. */
export const ROUNDS = 5;
export const WINDOW_MS = 1_000;
export const WARM_UP_MS = 1_500;
/** Before each later sample: caches are cold after the turns of the others, and memory of the case before is freed. */
export const RESUME_MS = 300;

/** Of the sign-ins with a passkey. */
export const PASSKEY_ROUNDS = 3;
export const PASSKEY_PEOPLE = 20;

/** Requests (or flows) that are under way at a time; each has its own connection. */
export const CONCURRENCY = 8;

export const COLD_STARTS = 3;
/** How long a process is left alone before its idle memory is read. */
export const SETTLE_MS = 2_000;

/** Sign-ins in flight, as many as the password queue takes by default. */
export const STORM_LOGINS = 50;
/** Sign-ins in all during one storm. */
export const STORM_TOTAL = 150;
/** Sent at once to overflow the queue. */
export const OVERFLOW_LOGINS = 80;
export const STORM_TOKEN_CONCURRENCY = 4;

/** More than take part in a storm, so that no account meets its rate limit. */
export const PEOPLE = 100;

export const REQUEST_TIMEOUT_MS = 15_000;
export const START_TIMEOUT_MS = 20_000;
export const RUN_TIMEOUT_MS = 290_000;
