import { type Command, Option } from 'commander';
import { AUDIT_EVENT_TYPES, type AuditEventType } from '../operations/audit/audit-events.ts';
import { listAuditEvents } from '../operations/audit/audit-log.ts';
import { type Fields, listAnswer } from './answer.ts';
import type { Runner } from './run-command.ts';
import { moment, positiveNumber, withExamples } from './usage.ts';

interface ListOptions {
  type?: AuditEventType;
  since?: Date;
  limit: number;
}

export function addAuditCommands(program: Command, { withServices }: Runner): void {
  const audit = program.command('audit').description('security-relevant acts and refusals');

  withExamples(audit, ['audit list --type sign_in.failed --since 2027-01-31']);

  const list = audit
    .command('list')
    .description('list events, the newest first')
    .addOption(new Option('--type <type>', 'of this type alone').choices(AUDIT_EVENT_TYPES))
    .option('--since <date>', 'from this moment on', moment)
    .option('--limit <number>', 'how many at most', positiveNumber, 100)
    .action((options: ListOptions) =>
      withServices(async ({ db }) => {
        const events = await listAuditEvents(db, options);
        const columns = ['at', 'type', 'outcome', 'actor', 'target', 'address', 'detail'];
        return listAnswer('events', events.map(fieldsOf), columns);
      }),
    );
  withExamples(list, ['audit list', 'audit list --type sign_in.failed --since 2027-01-31 --json']);
}

type AuditEvent = Awaited<ReturnType<typeof listAuditEvents>>[number];

function fieldsOf(event: AuditEvent): Fields {
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

function named(type: string, id: string | null): string {
  return id === null ? type : `${type}:${id}`;
}
