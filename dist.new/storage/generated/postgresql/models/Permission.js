export {};
//# sourceMappingURL=Permission.js.map