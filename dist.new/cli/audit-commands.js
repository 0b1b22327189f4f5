import { Option } from 'commander';
import { AUDIT_EVENT_TYPES } from '../operations/audit/audit-events.js';
import { listAuditEvents } from '../operations/audit/audit-log.js';
import { listAnswer } from './answer.js';
import { moment, wholeNumber, withExamples } from './usage.js';
export function addAuditCommands(program, { withServices }) {
    const audit = program.command('audit').description('security-relevant acts and refusals');
    const list = audit
        .command('list')
        .description('list events, the newest first')
        .addOption(new Option('--type <type>', 'of this type alone').choices(AUDIT_EVENT_TYPES))
        .option('--since <date>', 'from this moment on', moment)
        .option('--limit <number>', 'how many at most', wholeNumber, 100)
        .action((options) => withServices(async ({ db }) => {
        const events = await listAuditEvents(db, options);
        const columns = ['at', 'type', 'outcome', 'actor', 'target', 'address', 'detail'];
        return listAnswer('events', events.map(fieldsOf), columns);
    }));
    withExamples(list, ['audit list', 'audit list --type sign_in.failed --since 2027-01-31 --json']);
}
function fieldsOf(event) {
    return {
        id: event.id,
        at: event.at,
        type: event.type,
        outcome: event.outcome,
        actor: named(event.actorType, event.actorId),
        target: event.targetType && named(event.targetType, event.targetId),
        client_id: event.clientId,
        address: event.address,
        request_id: event.requestId,
        detail: event.detail,
    };
}
function named(type, id) {
    return id === null ? type : `${type}:${id}`;
}
//# sourceMappingURL=audit-commands.js.map