// What the operating system and our own bugs may do to the process.
import type { Logger } from '../operations/log.ts';

export interface Running {
  /** Stops accepting, lets what is under way finish within SHUTDOWN_SECONDS, and closes. */
  stop: () => Promise<void>;
}

// One Ctrl-C can arrive twice, from the terminal and from npm.
const SAME_PRESS_MS = 500;
const CLOSING_SECONDS = 5;

/** SIGTERM and SIGINT stop; a second one exits at once. Exits in any case, soon after the time that `stop` has. */
export function stopOnSignals({ stop }: Running, shutdownSeconds: number): void {
  let since: number | undefined;
  const handle = () => {
    if (since === undefined) {
      since = performance.now();
      exitAfter(stop(), shutdownSeconds + CLOSING_SECONDS);
    } else if (performance.now() - since > SAME_PRESS_MS) {
      process.exit(1);
    }
  };
  process.on('SIGTERM', handle);
  process.on('SIGINT', handle);
}

/** A worker stops when the primary says so, once; Ctrl-C reaches it too, but is the primary's to answer. */
export function stopOnPrimary({ stop }: Running, shutdownSeconds: number): void {
  process.once('SIGTERM', () => {
    process.on('SIGTERM', () => undefined);
    exitAfter(stop(), shutdownSeconds + CLOSING_SECONDS);
  });
  process.on('SIGINT', () => undefined);
}

/** After a bug nobody knows what state the process is in: it says so and ends, and whoever started it starts another. */
export function exitOnBug(log: Pick<Logger, 'fatal'>): void {
  process.on('uncaughtException', (err) => {
    log.fatal({ err }, 'a bug ended the process');
    process.exit(1);
  });
}

function exitAfter(stopped: Promise<void>, seconds: number): void {
  setTimeout(() => process.exit(1), seconds * 1000).unref();
  stopped.then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`Stopping failed: ${String(error)}\n`);
      process.exit(1);
    },
  );
}
