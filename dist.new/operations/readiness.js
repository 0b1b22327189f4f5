export function createReadiness() {
    return { stopping: false };
}
//# sourceMappingURL=readiness.js.map