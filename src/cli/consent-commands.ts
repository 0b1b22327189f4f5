import type { Command } from 'commander';
import { getUserBySignInName } from '../identity/users/users.ts';
import { getClient } from '../protocol/clients/clients.ts';
import { listConsents, revokeConsent } from '../protocol/grants/consents.ts';
import { doneAnswer, type Fields, listAnswer } from './answer.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import type { Runner } from './run-command.ts';
import { withExamples } from './usage.ts';

interface ListOptions {
  user?: string;
  client?: string;
}

export function addConsentCommands(program: Command, { withServices }: Runner): void {
  const consent = program.command('consent').description('what people allowed applications');

  withExamples(consent, ['consent list --user alice', 'consent revoke 0199f3a0-…']);

  const list = consent
    .command('list')
    .description('list consents')
    .option('--user <login>', 'of this person')
    .option('--client <client_id>', 'for this application')
    .action(({ user, client }: ListOptions) =>
      withServices(async (services) => {
        const login = user && (await getUserBySignInName(services, user)).login;
        const clientId = client && (await getClient(services, client)).id;
        const consents = await listConsents(services, { login, clientId });
        const columns = ['id', 'login', 'client_name', 'granted', 'updated_at'];
        return listAnswer('consents', consents.map(fieldsOf), columns);
      }),
    );
  withExamples(list, ['consent list --user alice', 'consent list --client 3f0c9a… --json']);

  const revoke = consent
    .command('revoke <id>')
    .description('forget a consent and end every token that rests on it')
    .action((id: string) =>
      withServices(async (services) => {
        await revokeConsent(services, { consentId: id }, COMMAND_LINE);
        return doneAnswer(`Consent ${id} is revoked; its tokens have ended.`, {
          id,
          done: 'revoke',
        });
      }),
    );
  withExamples(revoke, ['consent revoke 0199f3a0-…']);
}

type Consent = Awaited<ReturnType<typeof listConsents>>[number];

function fieldsOf(consent: Consent): Fields {
  return {
    id: consent.id,
    user_id: consent.userId,
    login: consent.login,
    client_id: consent.clientId,
    client_name: consent.clientName,
    granted: consent.granted,
    rejected: consent.rejected,
    created_at: consent.createdAt,
    updated_at: consent.updatedAt,
  };
}
