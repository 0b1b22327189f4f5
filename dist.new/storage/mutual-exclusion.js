/** Lets one caller at a time through. */
export function createTurnstile() {
    let last = Promise.resolve();
    return () => {
        const { promise: done, resolve: giveBack } = Promise.withResolvers();
        const turn = last.then(() => giveBack);
        last = done;
        return turn;
    };
}
//# sourceMappingURL=mutual-exclusion.js.map