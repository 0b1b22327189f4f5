// People of whom something is required at a sign-in, and the way through it.
import { type Agent, createAgent, locationOf, type Page } from './agent.ts';
import { createTestClient } from './clients.ts';
import { codeIn, newestMailTo } from './mailbox.ts';
import { authorizationRequest, relyingParty } from './relying-party.ts';
import { createPerson, type TestServer } from './server.ts';

export const ALL_REQUIRED = {
  VERIFY_EMAIL: 'required',
  TERMS_URL: 'https://acme.example/terms',
  PRIVACY_URL: 'https://acme.example/privacy',
  TERMS_VERSION: '2026-11-25',
};
export const OLD = 'correct horse battery staple';
export const NEW = 'seven quiet otters drifting';

export interface Person {
  id: string;
  login: string;
  address: string;
}

let count = 0;

/** Somebody new, of whom nothing is required but what the settings say. */
export async function newcomer(server: TestServer): Promise<Person> {
  const login = `person-${(count += 1)}`;
  const { id } = await createPerson(server, { login, password: OLD });
  return { id, login, address: `${login}@example.com` };
}

/** Somebody who has done all of it. */
export async function regular(server: TestServer): Promise<Person> {
  const person = await newcomer(server);
  const { db } = server.services;
  await db.user.update({ where: { id: person.id }, data: { emailVerified: true } });
  await db.termsAcceptance.create({
    data: { userId: person.id, version: ALL_REQUIRED.TERMS_VERSION, acceptedAt: new Date() },
  });
  return person;
}

export function requirePassword({ services }: TestServer, { id }: Person) {
  return services.db.user.update({
    where: { id },
    data: { passwordChangeRequiredAt: new Date() },
  });
}

export const stepOf = ({ url }: Page) => new URL(url).pathname.split('/').at(-1);
export const uidOf = ({ url }: Page) => /interaction\/([^/]+)/.exec(url)?.[1] ?? '';
export const isGranted = (page: Page) => locationOf(page)?.includes('code=') ?? false;
export const answerOf = (page: Page) =>
  new URL(locationOf(page) ?? 'about:blank').searchParams.get('error');

/** An authorization request of a first-party application. */
export async function begin(
  server: TestServer,
  agent: Agent,
  parameters: Record<string, string> = {},
): Promise<Page> {
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const party = await relyingParty(server.issuer, id);
  return agent.browse((await authorizationRequest(party, parameters)).url.href);
}

interface SignIn {
  agent?: Agent;
  password?: string;
  parameters?: Record<string, string>;
}

export async function typePassword(
  server: TestServer,
  { login }: Person,
  { agent = createAgent(server.issuer), password = OLD, parameters }: SignIn = {},
): Promise<{ agent: Agent; page: Page }> {
  const first = await begin(server, agent, parameters);
  return { agent, page: await agent.submit(first, 'login-submit', { login, password }) };
}

export async function mailedCode(server: TestServer, { address }: Person): Promise<string> {
  return codeIn(await newestMailTo(server, address, 'verify-email'));
}

export function choosePassword(agent: Agent, page: Page, password = NEW): Promise<Page> {
  return agent.submit(page, 'change-password-submit', { password, passwordAgain: password });
}
