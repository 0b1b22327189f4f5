import { ConfigError } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';
import { maskSecrets } from '../operations/masking.ts';
import { isUnavailable } from '../storage/database-errors.ts';

/** What the person at the terminal can do about it, in a sentence; undefined when it is a bug. */
export function explainStartFailure(error: unknown): string | undefined {
  if (error instanceof ConfigError) {
    const faults = error.faults.map((fault) => `  ${fault}`);
    return ['These settings can’t be used:', ...faults].join('\n');
  }
  // A worker that could not start has said why.
  if (error instanceof DomainError) return error.code === 'worker_ended' ? '' : error.message;
  if (isUnavailable(error)) {
    return `The database can’t be used (${reasonOf(error)}). See that it runs, that DATABASE_URL is right and that its disk is not full, then start again.`;
  }
  return undefined;
}

/** The innermost cause says most: a refused connection, a wrong password. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const code = 'code' in error ? String(error.code) : error.name;
  return maskSecrets(error.message.split('\n', 1)[0] ?? '') || code;
}
