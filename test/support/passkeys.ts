// A person with a passkey at the pages of the server, without a browser.
import { type Agent, createAgent, type Page } from './agent.ts';
import type { Login } from './relying-party.ts';
import { assert, type Ceremony, register, type SecurityKey } from './security-key.ts';
import type { TestServer } from './server.ts';

interface Place {
  issuer: string;
}

export interface Options {
  challenge: string;
  rpId: string;
  userVerification: string;
  allowCredentials: { id: string; transports: string[] }[];
}

export interface CreationOptions {
  challenge: string;
  rp: { id: string; name: string };
  user: { id: string; name: string; displayName: string };
  excludeCredentials: { id: string }[];
  pubKeyCredParams: { alg: number }[];
  attestation: string;
}

/** A browser that is at /account/passkeys, after a sign-in with the password. */
export async function atPasskeys({ issuer }: Place, person: Login) {
  const agent = createAgent(issuer);
  const login = await agent.browse('/account/passkeys');
  const page = await agent.submit(login, 'login-submit', { ...person });
  return { agent, page };
}

export async function creationOptions(agent: Agent): Promise<CreationOptions> {
  return JSON.parse((await agent.open('/account/passkeys/options')).body);
}

/** Makes a passkey on the page; `changes` to what a browser would say. */
export async function addPasskey(
  { issuer }: Place,
  agent: Agent,
  { key, changes = {} }: { key: SecurityKey; changes?: Partial<Ceremony> },
): Promise<Page> {
  const page = await agent.browse('/account/passkeys');
  const { challenge, rp, user } = await creationOptions(agent);
  key.userHandle = user.id;
  const ceremony = { challenge, origin: issuer, rpId: rp.id, ...changes };
  return agent.submit(page, 'passkey-submit', { credential: register(key, ceremony) });
}

/** A person with a password and, added at the account's page, a passkey. */
export async function personWithPasskey(
  server: Pick<TestServer, 'issuer'>,
  person: Login,
  key: SecurityKey,
): Promise<{ agent: Agent; added: Page }> {
  const { agent } = await atPasskeys(server, person);
  return { agent, added: await addPasskey(server, agent, { key }) };
}

export async function passkeyOptions(agent: Agent, page: Page): Promise<Options> {
  return JSON.parse((await agent.open(`${interactionOf(page)}/passkey-options`)).body);
}

/** Answers what the page of a sign-in asks for. */
export async function usePasskey(
  { issuer }: Place,
  { agent, page }: { agent: Agent; page: Page },
  { key, changes = {} }: { key: SecurityKey; changes?: Partial<Ceremony> },
): Promise<Page> {
  const { challenge, rpId } = await passkeyOptions(agent, page);
  const credential = assert(key, { challenge, origin: issuer, rpId, ...changes });
  return agent.submit(page, 'passkey-submit', { credential });
}

export function interactionOf({ url }: Page): string {
  return /\/interaction\/[^/]+/.exec(url)?.[0] ?? '';
}
