import { retryWhileBusy } from './sqlite-busy.js';
import { isConstraintViolation, rollBack } from './sqlite-transaction.js';
/**
 * Group commit: single writes that arrive in one turn of the event loop, or while another has the connection, are
 * committed together. Callers are answered after the commit; a statement's constraint violation is its own.
 */
export function createWriteQueue(connection, takeTurn) {
    let waiting = [];
    async function flush() {
        const giveBack = await takeTurn();
        const batch = waiting;
        waiting = [];
        await writeBatch(connection, batch);
        giveBack();
    }
    return function enqueue(write) {
        const { promise, resolve, reject } = Promise.withResolvers();
        let result;
        waiting.push({
            execute: () => (result = write()),
            answer: () => resolve(result),
            refuse: reject,
        });
        if (waiting.length === 1)
            setImmediate(() => void flush());
        return promise;
    };
}
async function writeBatch(connection, batch) {
    if (batch.length === 1)
        return writeEach(batch);
    try {
        await retryWhileBusy(() => connection.executeScript('BEGIN IMMEDIATE'));
    }
    catch (error) {
        return batch.forEach(({ refuse }) => refuse(error));
    }
    if (await commitTogether(connection, batch))
        return batch.forEach(({ answer }) => answer());
    await rollBack(connection);
    await writeEach(batch);
}
async function writeEach(batch) {
    for (const { execute, answer } of batch) {
        await Promise.allSettled([retryWhileBusy(execute)]);
        answer();
    }
}
/** Answers false when the statements must be tried one by one, to learn whose fault it was. */
async function commitTogether(connection, batch) {
    const outcomes = await Promise.allSettled(batch.map(({ execute }) => execute()));
    if (!outcomes.every(leavesTheOthers))
        return false;
    const [commit] = await Promise.allSettled([(async () => connection.executeScript('COMMIT'))()]);
    return commit.status === 'fulfilled';
}
// A constraint undoes its own statement; a full disk, say, may have rolled back everything before it.
function leavesTheOthers(outcome) {
    return outcome.status === 'fulfilled' || isConstraintViolation(outcome.reason);
}
//# sourceMappingURL=sqlite-write-queue.js.map