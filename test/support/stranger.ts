// Somebody who guesses: a fresh browser at an address of its own choosing, through a proxy that the server trusts.
import { type Agent, createAgent, formOf, type Page } from './agent.ts';
import { createTestClient } from './clients.ts';
import { authorizationRequest, relyingParty } from './relying-party.ts';
import type { TestServer } from './server.ts';

type Served = Pick<TestServer, 'services' | 'issuer'>;

export interface Guessing {
  /** One sign-in form sent. @param address from where; this machine's when absent */
  guess: (person: { login: string; password: string }, address?: string) => Promise<Page>;
}

/** @param agent whose cookies go along: a fresh browser's when absent */
export async function guessing(
  server: Served,
  agent: Agent = createAgent(server.issuer),
): Promise<Guessing> {
  const { id } = await createTestClient(server, 'spa');
  const { url } = await authorizationRequest(await relyingParty(server.issuer, id), {
    prompt: 'login',
  });
  const page = await agent.browse(url.href);
  const { action, fields } = formOf(page.body, 'login-submit');
  return {
    guess: (person, address) =>
      agent.open(
        action,
        { ...fields, ...person },
        address ? { 'x-forwarded-for': address, 'x-forwarded-proto': 'http' } : {},
      ),
  };
}
