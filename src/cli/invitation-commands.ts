import type { Command } from 'commander';
import {
  type Invitation,
  invite,
  listInvitations,
  revokeInvitation,
} from '../identity/registration/invitations.ts';
import { doneAnswer, type Fields, listAnswer } from './answer.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import type { Runner } from './run-command.ts';
import { usageFault, wholeNumber, withExamples } from './usage.ts';

const MOST_DAYS = 90;

interface InviteOptions {
  name?: string;
  locale?: string;
  days: number;
}

export function addInvitationCommands(user: Command, runner: Runner): void {
  addInvite(user, runner);
  addList(user, runner);
  addRevoke(user, runner);
}

function addInvite(user: Command, { withServices }: Runner): void {
  const command = user
    .command('invite <email>')
    .description('mail a person a link with which they open an account; an older one ends')
    .option('--name <name>', 'their name, which they may change')
    .option('--locale <tag>', 'the language of the mail and of their pages, such as de or pt-BR')
    .option('--days <number>', 'how long the link works', wholeNumber, 7)
    .action(async (email: string, { days, ...person }: InviteOptions) => {
      if (days < 1 || days > MOST_DAYS) throw usageFault(`--days: 1 to ${MOST_DAYS}.`);

      await withServices(async (services) => {
        const invited = await invite(services, { email, days, ...person }, COMMAND_LINE);
        const { expiresAt } = invited;
        const text = `${invited.email} is sent a link that works once, until ${expiresAt.toISOString()}.`;
        return doneAnswer(text, { email: invited.email, expires_at: expiresAt });
      });
    });
  withExamples(command, ['user invite alice@example.com', 'user invite bob@example.com --days 2']);
}

function addList(user: Command, { withServices }: Runner): void {
  const command = user
    .command('invitations')
    .description('list the invitations that nobody has used yet')
    .action(() =>
      withServices(async (services) => {
        const invitations = await listInvitations(services);
        const columns = ['email', 'name', 'created_at', 'expires_at'];
        return listAnswer('invitations', invitations.map(fieldsOf), columns);
      }),
    );
  withExamples(command, ['user invitations --json']);
}

function addRevoke(user: Command, { withServices }: Runner): void {
  const command = user
    .command('revoke-invitation <email>')
    .description('end an invitation: its link works no longer')
    .action((email: string) =>
      withServices(async (services) => {
        await revokeInvitation(services, email, COMMAND_LINE);
        return doneAnswer(`The invitation to ${email} has ended.`, { email });
      }),
    );
  withExamples(command, ['user revoke-invitation alice@example.com']);
}

function fieldsOf({ email, name, locale, createdAt, expiresAt }: Invitation): Fields {
  return { email, name, locale, created_at: createdAt, expires_at: expiresAt };
}
