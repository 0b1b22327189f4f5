// The forms by which accounts are opened, filled in, with what happens when one is believed.
import { randomUUID } from 'node:crypto';
import { invite } from '../../src/identity/registration/invitations.ts';
import { createAgent, formOf } from './agent.ts';
import { codeIn, linkIn, newestMailTo } from './mailbox.ts';
import type { TestServer } from './server.ts';

const PASSWORD = 'seven quiet otters drifting';

type Served = Pick<TestServer, 'services' | 'issuer'>;

const newAddress = () => `newcomer-${randomUUID()}@example.com`;

async function isThere({ services }: Served, email: string): Promise<boolean> {
  return (await services.db.user.count({ where: { email } })) > 0;
}

async function begun(server: Served) {
  const agent = createAgent(server.issuer);
  const email = newAddress();
  const form = await agent.browse('/create-account');
  const page = await agent.submit(form, 'create-submit', { email, password: PASSWORD });
  return { agent, email, page };
}

/** Each with the name of its token, for those who send it without. */
export const registrationForms = (server: () => Served) => ({
  async 'new account'() {
    const agent = createAgent(server().issuer);
    const email = newAddress();
    const page = await agent.browse('/create-account');
    const { action, fields } = formOf(page.body, 'create-submit');
    const filled = { ...fields, email, password: PASSWORD };
    const { db } = server().services;
    const happened = async () => (await db.pendingRegistration.count({ where: { email } })) > 0;
    return { agent, action, fields: filled, token: 'csrf' as const, happened };
  },
  async 'code of a new account'() {
    const { agent, email, page } = await begun(server());
    const { action, fields } = formOf(page.body, 'confirm-address-submit');
    const code = codeIn(await newestMailTo(server(), email));
    const happened = () => isThere(server(), email);
    return { agent, action, fields: { ...fields, code }, token: 'csrf' as const, happened };
  },
  async 'another mail for a new account'() {
    const { agent, email, page } = await begun(server());
    const { action, fields } = formOf(page.body, 'confirm-address-again');
    const { db } = server().services;
    const happened = async () => (await db.mail.count({ where: { recipient: email } })) > 1;
    return { agent, action, fields, token: 'csrf' as const, happened };
  },
  async 'link of a new account'() {
    const { agent, email } = await begun(server());
    const page = await agent.open(linkIn(await newestMailTo(server(), email)));
    const { action, fields } = formOf(page.body, 'account-link-submit');
    const happened = () => isThere(server(), email);
    return { agent, action, fields, token: 'csrf' as const, happened };
  },
  async invitation() {
    const agent = createAgent(server().issuer);
    const email = newAddress();
    await invite(server().services, { email, days: 1 }, { type: 'system' });
    const page = await agent.open(linkIn(await newestMailTo(server(), email)));
    const { action, fields } = formOf(page.body, 'invited-submit');
    const happened = () => isThere(server(), email);
    const filled = { ...fields, password: PASSWORD };
    return { agent, action, fields: filled, token: 'csrf' as const, happened };
  },
});
