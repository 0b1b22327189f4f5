export {};
//# sourceMappingURL=RateLimit.js.map