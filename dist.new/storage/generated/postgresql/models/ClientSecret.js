export {};
//# sourceMappingURL=ClientSecret.js.map