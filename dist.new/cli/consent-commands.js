import { listConsents, revokeConsent } from '../protocol/grants/consents.js';
import { doneAnswer, listAnswer } from './answer.js';
import { COMMAND_LINE } from './command-line-actor.js';
import { withExamples } from './usage.js';
export function addConsentCommands(program, { withServices }) {
    const consent = program.command('consent').description('what people allowed applications');
    const list = consent
        .command('list')
        .description('list consents')
        .option('--user <login>', 'of this person')
        .option('--client <client_id>', 'for this application')
        .action(({ user, client }) => withServices(async (services) => {
        const consents = await listConsents(services, { login: user, clientId: client });
        const columns = ['id', 'login', 'client_name', 'granted', 'updated_at'];
        return listAnswer('consents', consents.map(fieldsOf), columns);
    }));
    withExamples(list, ['consent list --user alice', 'consent list --client 3f0c9a… --json']);
    const revoke = consent
        .command('revoke <id>')
        .description('forget a consent and end every token that rests on it')
        .action((id) => withServices(async (services) => {
        await revokeConsent(services, { consentId: id }, COMMAND_LINE);
        return doneAnswer(`Consent ${id} is revoked; its tokens have ended.`, {
            id,
            done: 'revoke',
        });
    }));
    withExamples(revoke, ['consent revoke 0199f3a0-…']);
}
function fieldsOf(consent) {
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
//# sourceMappingURL=consent-commands.js.map