export {};
//# sourceMappingURL=ProtocolState.js.map