import type { PermissionGroup } from '../../http/views.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import type { Scopes } from '../grants/scopes.ts';

const WORDS_OF_SCOPE: Record<string, { label: string; detail: string }> = {
  openid: { label: 'Recognise you', detail: 'An identifier that stays the same.' },
  profile: { label: 'See your name and username', detail: 'As they stand in your account.' },
  email: { label: 'See your e-mail address', detail: 'And whether it has been verified.' },
  offline_access: {
    label: 'Keep its access while you are away',
    detail: 'Until you withdraw it, even after you signed out.',
  },
};

/** What a request asks for, in words; `fresh` is what was not answered before. All but `openid` may be refused. */
export function toPermissionGroups(
  asked: Scopes,
  fresh: Scopes,
  { apis }: RegisteredClient,
): PermissionGroup[] {
  const someOld = asked.openid.length > fresh.openid.length;
  const groups = [
    {
      title: 'Your account',
      items: asked.openid.map((scope) => ({
        ...item(scope, WORDS_OF_SCOPE[scope] ?? { label: scope, detail: '' }),
        optional: scope !== 'openid',
        isNew: someOld && fresh.openid.includes(scope),
      })),
    },
    ...apis.map((api) => ({
      title: api.name,
      items: api.permissions
        .filter(({ name }) => asked.resources[api.identifier]?.includes(name))
        .map(({ name, description }) => ({
          ...item(permissionValue(api.identifier, name), {
            label: description || name,
            detail: description ? name : '',
          }),
          optional: true,
          isNew: someOld && (fresh.resources[api.identifier]?.includes(name) ?? false),
        })),
    })),
  ];
  return groups.filter(({ items }) => items.length > 0);
}

/** A permission as the form sends it: two APIs may each have one of the same name. */
export const permissionValue = (identifier: string, name: string): string =>
  `${identifier} ${name}`;

function item(scope: string, { label, detail }: { label: string; detail: string }) {
  return {
    id: `scope-${scope.replace(/[^\w-]/g, '-')}`,
    value: scope,
    label,
    ...(detail && { detail }),
  };
}
