// Somebody who uses the playground: presses the buttons in their order.
import type { Agent, Page } from '../support/agent.ts';
import { ALICE } from '../support/server.ts';

type Fields = Record<string, string | string[]>;

export const pathOf = (id: string) => `/playground/clients/${id}`;

/** Registers the addresses and adds a secret, where the page asks for it, and answers the page with the choices. */
export async function prepare(agent: Agent, id: string): Promise<Page> {
  let page = await agent.browse(pathOf(id));
  for (const button of ['playground-redirects', 'playground-secret']) {
    if (page.body.includes(`id="${button}"`)) page = await agent.submit(page, button);
  }
  return page;
}

/** The request, made and not yet sent. */
export async function makeRequest(agent: Agent, id: string, choices: Fields = {}): Promise<Page> {
  return agent.submit(await prepare(agent, id), 'playground-prepare', choices);
}

/** Everything up to the tokens: choices, request, sign-in, consent, callback. */
export async function play(agent: Agent, id: string, choices: Fields = {}): Promise<Page> {
  const request = await makeRequest(agent, id, choices);
  return signIn(agent, await agent.submit(request, 'playground-continue'));
}

export async function signIn(agent: Agent, page: Page): Promise<Page> {
  let next = page;
  if (next.body.includes('id="login-submit"'))
    next = await agent.submit(next, 'login-submit', ALICE);
  if (next.body.includes('id="consent-allow"')) next = await agent.submit(next, 'consent-allow');
  return next;
}

/** What a person reads. */
export const text = ({ body }: Page) =>
  body
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll(/\s+/g, ' ');

/** The raw token under that id. */
export function tokenIn({ body }: Page, id: string): string {
  return new RegExp(`id="${id}"[\\s\\S]*?<pre><code>([^<]*)</code>`).exec(body)?.[1] ?? '';
}

/** Of the request that the page shows. */
export const stateIn = ({ body }: Page) => /state=([\w-]+)/.exec(body)?.[1] ?? '';
