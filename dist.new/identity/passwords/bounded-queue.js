// Work that would starve the rest of the process: so much at a time, so much in line, and no more.
export function createBoundedQueue({ concurrency, queue }, refusal) {
    const waiting = [];
    let depth = 0;
    return {
        depth: () => depth,
        async run(work) {
            if (depth >= queue)
                throw refusal();
            depth += 1;
            if (depth > concurrency)
                await new Promise((turn) => waiting.push(turn));
            try {
                return await work();
            }
            finally {
                depth -= 1;
                waiting.shift()?.();
            }
        },
    };
}
//# sourceMappingURL=bounded-queue.js.map