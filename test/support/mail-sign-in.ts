// A person who signs in by mail, up to the page that waits for the code.
import { type Agent, createAgent, locationOf, type Page } from './agent.ts';
import { createTestClient } from './clients.ts';
import { codeIn, linkIn, type MailboxMail, newestMailTo } from './mailbox.ts';
import { authorizationRequest, relyingParty } from './relying-party.ts';
import { ALICE, createPerson, type TestServer } from './server.ts';

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

/** A person who may be mailed to. */
export async function verifiedPerson(server: Served, login: string) {
  const { id } = await createPerson(server, { ...ALICE, login });
  await server.services.db.user.update({ where: { id }, data: { emailVerified: true } });
  return { address: `${login}@example.com`, userId: id };
}

export interface Waiting extends AtLogin {
  waiting: Page;
  mail: MailboxMail;
  code: string;
  link: string;
}

export async function waitingForCode(
  server: Served,
  login: string,
  agent?: Agent,
): Promise<Waiting> {
  const begun = await atLogin(server, {}, agent);
  const waiting = await askForMail(begun, login);
  const mail = await newestMailTo(server, `${login}@example.com`, 'magic-link');
  return { ...begun, waiting, mail, code: codeIn(mail), link: linkIn(mail) };
}

export const typeCode = ({ agent, waiting }: Pick<Waiting, 'agent' | 'waiting'>, code: string) =>
  agent.submit(waiting, 'code-submit', { code });

/** Whether the answer leads back to the application, signed in. */
export const isIn = (page: Page) => locationOf(page)?.includes('code=') ?? false;
