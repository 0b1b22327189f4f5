/** A refusal the caller can act on. Whatever else is thrown is a bug, and the user sees only a 500. */
export class DomainError extends Error {
    name = 'DomainError';
    refusal;
    /** Stable, snake_case, for programs. */
    code;
    retryAfterSeconds;
    constructor(refusal, code, message, extra = {}) {
        super(message, { cause: extra.cause });
        this.refusal = refusal;
        this.code = code;
        this.retryAfterSeconds = extra.retryAfterSeconds;
    }
}
//# sourceMappingURL=errors.js.map