// A person who signs in by mail, up to the page that waits for the code.
import { type Agent, createAgent, type Page } from './agent.ts';
import { createTestClient } from './clients.ts';
import { authorizationRequest, relyingParty } from './relying-party.ts';
import type { TestServer } from './server.ts';

type Served = Pick<TestServer, 'services' | 'issuer'>;

export interface AtLogin {
  agent: Agent;
  /** The page that the sign-in begins with. */
  page: Page;
  uid: string;
  request: Awaited<ReturnType<typeof authorizationRequest>>;
  party: Awaited<ReturnType<typeof relyingParty>>;
}

export async function atLogin(
  server: Served,
  parameters: Record<string, string> = {},
  agent: Agent = createAgent(server.issuer),
): Promise<AtLogin> {
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const party = await relyingParty(server.issuer, id);
  const request = await authorizationRequest(party, parameters);
  const page = await agent.browse(request.url.href);
  const [, uid = ''] = /\/interaction\/([^/]+)\//.exec(page.url) ?? [];
  return { agent, page, uid, request, party };
}

/** Asks for a mail and answers the page that waits for the code. */
export function askForMail({ agent, page }: Pick<AtLogin, 'agent' | 'page'>, login: string) {
  return agent.submit(page, 'mail-code', { login });
}
