export {};
//# sourceMappingURL=SigningKey.js.map