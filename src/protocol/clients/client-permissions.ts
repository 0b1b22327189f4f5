import { DomainError } from '../../foundation/errors.ts';
import type { Db } from '../../storage/database.ts';
import * as store from './client-store.ts';
import type { NewClient } from './new-client.ts';

/** Allows the client the named permissions of the named APIs. @throws DomainError unknown_permission */
export async function allowApis(
  tx: Db,
  clientId: string,
  { allow = [] }: NewClient,
): Promise<void> {
  const ids = new Set<string>();
  for (const { api, permissions } of allow) {
    const known = new Map(
      (await store.listPermissionsOf(tx, api)).map(({ id, name }) => [name, id]),
    );
    for (const name of permissions) {
      const id = known.get(name);
      if (!id) throw unknownPermission(api, name);
      ids.add(id);
    }
  }
  await store.allowPermissions(tx, clientId, [...ids]);
}

function unknownPermission(api: string, name: string): DomainError {
  return new DomainError(
    'invalid',
    'unknown_permission',
    `allow: ${api} has no permission ${name}`,
  );
}
