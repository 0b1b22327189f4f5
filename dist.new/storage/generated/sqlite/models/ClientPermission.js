export {};
//# sourceMappingURL=ClientPermission.js.map