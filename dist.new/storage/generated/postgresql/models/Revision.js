export {};
//# sourceMappingURL=Revision.js.map