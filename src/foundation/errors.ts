export type Refusal =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'misdirected'
  | 'too-many'
  | 'unavailable';

interface Extra {
  cause?: unknown;
  /** Sent as `Retry-After`. */
  retryAfterSeconds?: number;
  /** What the message has in it: for those who say it in another language. */
  values?: Readonly<Record<string, string | number>> | undefined;
}

/** What is said of a refusal, or of a fault in a form. */
export interface Told {
  /** Stable, snake_case, for programs; people read the text of that name in their language. */
  code: string;
  /** In English, for programs. */
  message: string;
  /** What that text has places for. */
  values?: Extra['values'];
  retryAfterSeconds?: number | undefined;
}

/** A refusal the caller can act on. Whatever else is thrown is a bug, and the user sees only a 500. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly refusal: Refusal;
  /** Stable, snake_case, for programs. */
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
  readonly values: Extra['values'];

  // oxlint-disable-next-line eslint/max-params -- each is in every refusal, and read in this order
  constructor(refusal: Refusal, code: string, message: string, extra: Extra = {}) {
    super(message, { cause: extra.cause });
    this.refusal = refusal;
    this.code = code;
    this.retryAfterSeconds = extra.retryAfterSeconds;
    this.values = extra.values;
  }
}
