// Which request the running code works for, for what every line of it would otherwise have to carry along: the log's
// request id and the facts of an audit event that nobody was asked for. Rules are still given their facts as values.
import { AsyncLocalStorage } from 'node:async_hooks';
const scope = new AsyncLocalStorage();
/** Runs the work, and whatever it awaits, as part of the request. */
export function inRequest(facts, work) {
    return scope.run(facts, work);
}
/** Nothing in jobs and at start. */
export function currentRequest() {
    return scope.getStore();
}
//# sourceMappingURL=request-scope.js.map