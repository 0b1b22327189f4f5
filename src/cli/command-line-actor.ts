import type { Actor } from '../operations/audit/audit-events.ts';

/** Whoever can run a command on this machine acts as the installation itself. */
export const COMMAND_LINE: Actor = { type: 'system' };
