/** Whoever can run a command on this machine acts as the installation itself. */
export const COMMAND_LINE = { type: 'system' };
//# sourceMappingURL=command-line-actor.js.map