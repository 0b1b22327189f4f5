// What a request asks for, as the pages show it: in words, and with what was answered before.
import type { PermissionGroup, PermissionItem } from '../../http/views.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import { type Answer, isEmpty, type Scopes, unanswered, without } from '../grants/scopes.ts';

const WORDS_OF_SCOPE: Record<string, { label: string; detail: string }> = {
  openid: { label: 'Recognise you', detail: 'An identifier that stays the same.' },
  profile: { label: 'See your name and username', detail: 'As they stand in your account.' },
  email: { label: 'See your email address', detail: 'And whether it has been verified.' },
  offline_access: {
    label: 'Keep its access while you are away',
    detail: 'Even after you signed out.',
  },
};

/** A request, and what the person answered this client before; NO_ANSWER asks for everything anew. */
export interface AskedPermissions {
  asked: Scopes;
  answered: Answer;
}

/** All but `openid` may be refused. What was refused before is not ticked, what was granted is told and not asked. */
export function toPermissionGroups(
  { asked, answered }: AskedPermissions,
  { apis }: RegisteredClient,
): PermissionGroup[] {
  const fresh = unanswered(asked, answered);
  const hasOld = !isEmpty(without(asked, fresh));
  const standing = (scopes: (of: Scopes) => string[], name: string) => ({
    given: scopes(answered.granted).includes(name),
    chosen: !scopes(answered.rejected).includes(name),
    isNew: hasOld && scopes(fresh).includes(name),
  });

  const identity = asked.openid.map((scope) => ({
    ...item(scope, WORDS_OF_SCOPE[scope] ?? { label: scope, detail: '' }),
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
  return [{ title: 'Your account', items: identity }, ...groups].filter(
    ({ items }) => items.length > 0,
  );
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
