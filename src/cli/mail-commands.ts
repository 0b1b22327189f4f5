import { type Command, Option } from 'commander';
import {
  type KeptMail,
  listMails,
  MAIL_STATES,
  retryMails,
} from '../operations/mail/kept-mails.ts';
import { doneAnswer, type Fields, listAnswer } from './answer.ts';
import type { Runner } from './run-command.ts';
import { wholeNumber, withExamples } from './usage.ts';

interface ListOptions {
  state?: (typeof MAIL_STATES)[number];
  limit: number;
}

export function addMailCommands(program: Command, { withServices }: Runner): void {
  const mail = program.command('mail').description('mails: waiting, sent and failed');
  withExamples(mail, ['mail list', 'mail retry']);

  const list = mail
    .command('list')
    .description('list mails, the newest first; what they say is not shown')
    .addOption(new Option('--state <state>', 'in this state alone').choices(MAIL_STATES))
    .option('--limit <number>', 'how many at most', wholeNumber, 100)
    .action((options: ListOptions) =>
      withServices(async (services) => {
        const mails = await listMails(services, options);
        const columns = ['id', 'created_at', 'kind', 'to', 'state', 'attempts', 'fault'];
        return listAnswer('mails', mails.map(fieldsOf), columns);
      }),
    );
  withExamples(list, ['mail list', 'mail list --state failed --json']);

  const retry = mail
    .command('retry')
    .description('try failed mails again; running servers send them within seconds')
    .argument('[id]', 'one mail; without it, all that failed')
    .action((id?: string) =>
      withServices(async (services) => {
        const retried = await retryMails(services, id);
        return doneAnswer(`Mails to be tried again: ${retried}.`, { retried });
      }),
    );
  withExamples(retry, ['mail retry', 'mail retry 7d2e0c1a-4f3b-4a77-9d5e-1c2b3a4f5e6d']);
}

function fieldsOf(mail: KeptMail): Fields {
  return {
    id: mail.id,
    created_at: mail.createdAt,
    kind: mail.kind,
    to: mail.to,
    state: mail.state,
    attempts: mail.attempts,
    due_at: mail.dueAt,
    sent_at: mail.sentAt,
    failed_at: mail.failedAt,
    fault: mail.fault,
  };
}
