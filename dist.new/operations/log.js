// Log lines: JSON on standard output, one object a line, every line of a request with its id. The doorway of pino.
// No line may hold a password, secret, token, code, cookie or query string: masking.ts redacts keys that tend to by
// their name, at any depth, and is the last guard of messages and errors.
import { types } from 'node:util';
import { pino } from 'pino';
import { maskSecrets, printable, redactKeys } from './masking.js';
import { currentRequest } from './request-scope.js';
const { isNativeError } = types;
const SAFE_CAUSES = 3;
/** @param destination standard output when absent */
export function createLogger({ logLevel }, destination) {
    const options = {
        level: logLevel,
        base: { pid: process.pid },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }), log: redactKeys },
        mixin: requestFields,
        serializers: { err: (error) => describeError(error) },
        hooks: { logMethod: guardMessage },
    };
    return destination ? pino(options, destination) : pino(options);
}
function requestFields() {
    const request = currentRequest();
    return request ? { requestId: request.requestId } : {};
}
// pino takes the message of a lone error as it is: here it gets the guarded one.
function guardMessage(args, write) {
    const [first, ...texts] = args;
    const guarded = [first, ...texts].map((arg) => (typeof arg === 'string' ? guard(arg) : arg));
    const error = texts.length === 0 ? errorOf(first) : undefined;
    if (error)
        guarded.push(guard(error.message));
    Reflect.apply(write, this, guarded);
}
function errorOf(value) {
    if (isNativeError(value))
        return value;
    const held = typeof value === 'object' && value !== null && 'err' in value && value.err;
    return isNativeError(held) ? held : undefined;
}
function guard(text) {
    return printable(maskSecrets(text), 2_000);
}
// Only these four: the other properties of an error can be a request, a query's values or a configuration.
function describeError(error, depth = 0) {
    if (!isNativeError(error))
        return { message: guard(String(error)) };
    return {
        type: error.name,
        message: maskSecrets(error.message),
        ...('code' in error && { reason: String(error.code) }),
        stack: maskSecrets(error.stack ?? ''),
        ...(error.cause !== undefined &&
            depth < SAFE_CAUSES && { cause: describeError(error.cause, depth + 1) }),
    };
}
//# sourceMappingURL=log.js.map