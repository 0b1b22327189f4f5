// What the answer on a consent page amounts to. Values only.
import { type Answer, isEmpty, NO_SCOPES, only, type Scopes, without } from '../grants/scopes.ts';
import { permissionValue } from './permission-groups.ts';

type Parameters = Record<string, unknown>;

/** Whether the application wants everything asked, whatever was answered before (`prompt=consent`). */
export function asksAnew({ prompt }: Parameters): boolean {
  return typeof prompt === 'string' && prompt.split(' ').includes('consent');
}

/** What was answered before and need not be asked; what was refused stays unticked in any case. */
export function answerInForce(params: Parameters, remembered: Answer): Answer {
  return asksAnew(params) ? { granted: NO_SCOPES, rejected: remembered.rejected } : remembered;
}

/** Of what was asked and not granted before, what is ticked is granted and the rest refused; nothing if all is. */
export function chosenAnswer(
  asked: Scopes,
  { granted: before }: Answer,
  chosen: readonly string[],
): Answer | undefined {
  const open = without(asked, before);
  const granted = only(open, {
    scope: (name) => name === 'openid' || chosen.includes(name),
    permission: (identifier, name) => chosen.includes(permissionValue(identifier, name)),
  });
  const keepsSome = !isEmpty(granted) || !isEmpty(without(asked, open));
  return keepsSome ? { granted, rejected: without(open, granted) } : undefined;
}
