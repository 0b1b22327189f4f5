// What a request asks for, as the pages show it: in words, and with what was answered before.
import type { Language } from '../../http/language.ts';
import type { PermissionGroup, PermissionItem } from '../../http/views.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import { type Answer, isEmpty, type Scopes, unanswered, without } from '../grants/scopes.ts';

/** A request, and what the person answered this client before; NO_ANSWER asks for everything anew. */
export interface AskedPermissions {
  asked: Scopes;
  answered: Answer;
}

/** All but `openid` may be refused. What was refused before is not ticked, what was granted is told and not asked. */
export function toPermissionGroups(
  { asked, answered }: AskedPermissions,
  { apis }: RegisteredClient,
  language: Language,
): PermissionGroup[] {
  const fresh = unanswered(asked, answered);
  const hasOld = !isEmpty(without(asked, fresh));
  const standing = (scopes: (of: Scopes) => string[], name: string) => ({
    given: scopes(answered.granted).includes(name),
    chosen: !scopes(answered.rejected).includes(name),
    isNew: hasOld && scopes(fresh).includes(name),
  });

  const identity = asked.openid.map((scope) => ({
    ...item(scope, wordsOfScope(language, scope)),
    optional: scope !== 'openid',
    ...standing(({ openid }) => openid, scope),
  }));
  const groups = apis.map(({ identifier, name: title, permissions }) => ({
    title,
    items: permissions
      .filter(({ name }) => asked.resources[identifier]?.includes(name))
      .map((permission) => ({
        ...item(permissionValue(identifier, permission.name), inWords(permission)),
        optional: true,
        ...standing(({ resources }) => resources[identifier] ?? [], permission.name),
      })),
  }));
  return [{ title: language.say('permissions.account'), items: identity }, ...groups].filter(
    ({ items }) => items.length > 0,
  );
}

function wordsOfScope({ has, say }: Language, scope: string) {
  const name = `scope.${scope}`;
  if (!has(`${name}.label`)) return { label: scope, detail: '' };
  return { label: say(`${name}.label`), detail: say(`${name}.detail`) };
}

/** A permission as the form sends it: two APIs may each have one of the same name. */
export const permissionValue = (identifier: string, name: string): string =>
  `${identifier} ${name}`;

function inWords({ name, description }: { name: string; description: string }) {
  const isDescribed = description !== '' && description !== name;
  return { label: isDescribed ? description : wordsOf(name), detail: name };
}

/** Where nobody described it: `orders:read` is "Read orders", `send-invoices` "Send invoices". */
function wordsOf(name: string): string {
  const parts = name.split(/[:./]/).filter(Boolean);
  const words = [parts.at(-1), ...parts.slice(0, -1)].join(' ').replace(/[-_]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function item(
  scope: string,
  { label, detail }: { label: string; detail: string },
): Pick<PermissionItem, 'id' | 'value' | 'label' | 'detail'> {
  return {
    id: `scope-${scope.replace(/[^\w-]/g, '-')}`,
    value: scope,
    label,
    ...(detail && { detail }),
  };
}
