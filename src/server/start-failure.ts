import { ConfigError } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';
import { explainDatabaseFault } from '../operations/database-explanation.ts';

/** What the person at the terminal can do about it, in a sentence; undefined when it is a bug. */
export function explainStartFailure(error: unknown): string | undefined {
  if (error instanceof ConfigError) {
    const faults = error.faults.map((fault) => `  ${fault}`);
    return ['These settings can’t be used:', ...faults].join('\n');
  }
  // A worker that could not start has said why.
  if (error instanceof DomainError) return error.code === 'worker_ended' ? '' : error.message;
  return explainDatabaseFault(error);
}
