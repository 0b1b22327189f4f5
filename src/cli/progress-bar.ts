const WIDTH = 40;

export interface ProgressBar {
  show(done: number): void;
  end(): void;
}

/** On standard error where that is a terminal, and nowhere else: it moves the cursor. */
export function createProgressBar(total: number): ProgressBar {
  if (!process.stderr.isTTY) return { show: () => undefined, end: () => undefined };

  return {
    show(done) {
      const share = total > 0 ? Math.min(1, done / total) : 1;
      const bar = '#'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '.');
      process.stderr.write(`\r[${bar}] ${Math.floor(share * 100)} %`);
    },
    end: () => void process.stderr.write('\r\u001b[2K'),
  };
}
