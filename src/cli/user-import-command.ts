import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  type ImportFault,
  type ImportOutcome,
  importUsers,
} from '../identity/users/user-import.ts';
import type { Services } from '../services.ts';
import type { Answer } from './answer.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import { readLineBatches } from './line-batches.ts';
import { createProgressBar } from './progress-bar.ts';
import type { Runner } from './run-command.ts';
import { usageFault, withExamples } from './usage.ts';

/** Large enough that the commit costs little, small enough that signing in does not wait for it. */
const BATCH = 2000;
/** Of a file that is wrong altogether, the first tell as much as all of them. */
const SHOWN_FAULTS = 1000;

export function addUserImport(user: Command, { withServices }: Runner): void {
  const command = user
    .command('import <file>')
    .description('take people over from another system, with their password hashes')
    .action(async (file: string) => {
      const total = await sizeOf(file);
      await withServices((services) => importFile(services, { file, total }));
    });
  withExamples(command, ['user import users.jsonl', 'user import users.jsonl --json']);
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((cause: unknown) => {
    throw usageFault(`${file} cannot be read.`, { cause });
  });
  if (!found.isFile()) throw usageFault(`${file} is not a file.`);
  return found.size;
}

async function importFile(
  services: Services,
  { file, total }: { file: string; total: number },
): Promise<Answer> {
  const bar = createProgressBar(total);
  const sum: Sum = { imported: 0, skipped: 0, faulty: 0, faults: [] };
  try {
    for await (const { lines, bytesRead } of readLineBatches(file, BATCH)) {
      add(sum, await importUsers(services, lines, COMMAND_LINE));
      bar.show(bytesRead);
    }
  } finally {
    bar.end();
  }
  return answerOf(sum);
}

interface Sum {
  imported: number;
  skipped: number;
  faulty: number;
  faults: ImportFault[];
}

function add(sum: Sum, { imported, skipped, faults }: ImportOutcome): void {
  sum.imported += imported;
  sum.skipped += skipped;
  sum.faulty += faults.length;
  sum.faults.push(...faults.slice(0, SHOWN_FAULTS - sum.faults.length));
}

function answerOf(sum: Sum): Answer {
  const { imported, skipped, faulty, faults } = sum;
  const untold = faulty - faults.length;
  const lines = [
    ...faults.map(({ line, message }) => `line ${line}: ${message}`),
    ...(untold > 0 ? [`and ${untold} lines more`] : []),
    `${imported} imported, ${skipped} there already, ${faulty} faulty.`,
  ];
  return { json: sum, text: lines.join('\n'), incomplete: faulty > 0 };
}
