import { createApi } from '../../src/authorization/apis/apis.ts';
import { createClient } from '../../src/protocol/clients/clients.ts';
import type { NewClient } from '../../src/protocol/clients/new-client.ts';
import { CALLBACK } from './relying-party.ts';
import type { TestServer } from './server.ts';

const SYSTEM = { type: 'system' } as const;

export const ORDERS = 'urn:example:orders';

/** The API that the examples protect, with orders:read and orders:write. */
export function createOrdersApi(
  { services }: Pick<TestServer, 'services'>,
  tokenFormat: 'jwt' | 'opaque' = 'jwt',
) {
  return createApi(
    services,
    {
      identifier: ORDERS,
      name: 'Orders',
      tokenFormat,
      permissions: [
        { name: 'orders:read', description: 'Read your orders' },
        { name: 'orders:write', description: 'Change your orders' },
      ],
    },
    SYSTEM,
  );
}

export const STOCK = 'urn:example:stock';

/** Another API, with stock:read. */
export function createStockApi({ services }: Pick<TestServer, 'services'>) {
  const permissions = [{ name: 'stock:read', description: 'See what is in stock' }];
  return createApi(services, { identifier: STOCK, name: 'Stock', permissions }, SYSTEM);
}

const named = (type: NewClient['type'], name: string): NewClient => ({
  type,
  name,
  ...(['web', 'spa', 'native'].includes(type) && { redirectUris: [CALLBACK] }),
});

/** A client of that type, its callback where the type has one; the secret is empty for public clients. */
export async function createTestClient(
  { services }: Pick<TestServer, 'services'>,
  type: NewClient['type'],
  more: Partial<NewClient> = {},
) {
  const { client, secret } = await createClient(
    services,
    { ...named(type, `A ${type} app`), ...more },
    SYSTEM,
  );
  return { id: client.id, secret: secret ?? '', client };
}

export const READS_BOTH = {
  allow: [
    { api: ORDERS, permissions: ['orders:read'] },
    { api: STOCK, permissions: ['stock:read'] },
  ],
};
export const READS_ORDERS = { allow: [{ api: ORDERS, permissions: ['orders:read'] }] };
