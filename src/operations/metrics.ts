// What this process counts, in the terms of Prometheus; the doorway of prom-client. Counters belong to the process as
// a whole, so they are the module's. Labels take values from closed sets only, never from what callers sent: every
// value is a time series that is kept forever.
import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client';
import type { AuditEntry } from './audit/audit-events.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const GRANT_TYPES = new Map([
  ['urn:ietf:params:oauth:grant-type:device_code', 'device_code'],
  ...['authorization_code', 'refresh_token', 'client_credentials'].map((it) => [it, it] as const),
]);

const requests = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from the request to the end of its response.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
});
const tokens = new Counter({
  name: 'latchkey_tokens_issued_total',
  help: 'Answers of the token endpoint that carried tokens.',
  labelNames: ['grant_type'],
});
const signIns = new Counter({
  name: 'latchkey_sign_ins_total',
  help: 'Attempts to sign in with a password.',
  labelNames: ['outcome'],
});
const passwordQueue = new Gauge({
  name: 'latchkey_password_hash_queue_depth',
  help: 'Password hashes that are computed or wait.',
});
const databaseErrors = new Counter({
  name: 'latchkey_database_unavailable_total',
  help: 'Requests refused and jobs failed because the database could not be used.',
});
const auditEvents = new Counter({
  name: 'latchkey_audit_events_total',
  help: 'Audit events written; one whose transaction is repeated counts again.',
  labelNames: ['type', 'outcome'],
});
const rateLimits = new Counter({
  name: 'latchkey_rate_limited_total',
  help: 'Requests refused by a rate limit.',
  labelNames: ['limit'],
});
const jobs = new Counter({
  name: 'latchkey_job_runs_total',
  help: 'Runs of the jobs in the background.',
  labelNames: ['job', 'outcome'],
});

const mails = new Counter({
  name: 'latchkey_mails_total',
  help: 'Attempts to send a mail.',
  labelNames: ['outcome'],
});
// Every process sees the same outbox: of several, one is right.
const mailsWaiting = new Gauge({
  name: 'latchkey_mails_waiting',
  help: 'Mails in the outbox that are still to be sent.',
  aggregator: 'max',
});
const mailsFailed = new Gauge({
  name: 'latchkey_mails_failed',
  help: 'Mails that were refused or given up, and are still kept.',
  aggregator: 'max',
});
const oldestMail = new Gauge({
  name: 'latchkey_mails_oldest_seconds',
  help: 'The age of the mail that has waited longest; 0 when none waits.',
  aggregator: 'max',
});

export interface ObservedRequest {
  method: string;
  /** A pattern such as `/reg/:clientId`, or a name; never the path of the request. */
  route: string;
  status: number;
  milliseconds: number;
}

export function observeRequest({ method, route, status, milliseconds }: ObservedRequest): void {
  const known = METHODS.has(method) ? method : 'other';
  seriesOf(known, route, String(status)).observe(milliseconds / 1000);
}

type Series = ReturnType<typeof requests.labels>;
const allSeries = new Map<string, Series>();

/** Found by its labels once: the library would make and hash them for each value. */
function seriesOf(...labels: [method: string, route: string, status: string]): Series {
  const name = labels.join(' ');
  const known = allSeries.get(name) ?? requests.labels(...labels);
  allSeries.set(name, known);
  return known;
}

export function countTokens(grantType: string): void {
  tokens.inc({ grant_type: GRANT_TYPES.get(grantType) ?? 'other' });
}

export function countSignIn(outcome: 'succeeded' | 'failed' | 'limited' | 'overloaded'): void {
  signIns.inc({ outcome });
}

/** To be told whenever a hash joins or leaves the queue. */
export function setPasswordQueueDepth(depth: number): void {
  passwordQueue.set(depth);
}

export function countDatabaseUnavailable(): void {
  databaseErrors.inc();
}

export function countAuditEvent({ type, outcome }: Pick<AuditEntry, 'type' | 'outcome'>): void {
  auditEvents.inc({ type, outcome });
}

export function countRateLimited(limit: string): void {
  rateLimits.inc({ limit });
}

export function countJobRun(job: string, outcome: 'done' | 'failed'): void {
  jobs.inc({ job, outcome });
}

export function countMail(outcome: 'sent' | 'deferred' | 'refused' | 'expired' | 'given_up'): void {
  mails.inc({ outcome });
}

export function setMailBacklog(backlog: {
  waiting: number;
  failed: number;
  oldestSeconds: number;
}): void {
  mailsWaiting.set(backlog.waiting);
  mailsFailed.set(backlog.failed);
  oldestMail.set(backlog.oldestSeconds);
}

/** Memory, CPU, event loop and garbage collection of the process, from now on; once per process. */
export function startProcessMetrics(): void {
  if (!register.getSingleMetric('process_cpu_user_seconds_total')) collectDefaultMetrics();
}

export interface MetricsText {
  contentType: string;
  text: string;
}

/** Of this process alone. */
export async function readMetrics(): Promise<MetricsText> {
  return { contentType: register.contentType, text: await register.metrics() };
}
