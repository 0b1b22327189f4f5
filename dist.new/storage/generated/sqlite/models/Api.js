export {};
//# sourceMappingURL=Api.js.map