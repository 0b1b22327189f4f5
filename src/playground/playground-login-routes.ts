// The steps of a login: the request before it is sent, the way to the server, the answer and the redemption of its code.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm, readQuery } from '../http/input.ts';
import type { Check, PlaygroundViews } from '../http/playground-views.ts';
import { render } from '../http/render.ts';
import { checkAnswer } from './answer-checks.ts';
import { explainFailure, explainRefusal } from './explained-failure.ts';
import { explainAnswer, explainRequest } from './explained-parts.ts';
import { describeClient, getPlayedClient } from './playground-clients.ts';
import { clientPath, connectAs, goTo, type PlaygroundDeps } from './playground-connection.ts';
import type { PendingLogin } from './playground-state.ts';
import * as relyingParty from './relying-party.ts';
import { tokensPage } from './tokens-page.ts';

const button = z.object({ csrf: z.string().optional() });
/** A parameter may stand there once (RFC 6749 §3.1). */
const answerParameters = z.record(z.string(), z.string());

/** Open to everybody who reaches the playground; each browser finds only the login that it started. */
export function playgroundLoginRoutes(deps: PlaygroundDeps): Router {
  const router = new Router();

  router.get('/request', async (ctx) => {
    const login = deps.cookies.readPending(ctx);
    if (!login) return showNoLogin(ctx);
    await orFailed(ctx, login, () => showRequest(deps, ctx, login));
  });

  router.post('/request', async (ctx) => {
    const { csrf } = await readForm(ctx, button);
    assertNotForged(ctx, csrf);
    const login = deps.cookies.readPending(ctx);
    if (!login) return showNoLogin(ctx);
    await orFailed(ctx, login, () => leave(deps, ctx, login));
  });

  router.get('/callback', (ctx) => receive(deps, ctx, readQuery(ctx, answerParameters)));

  // No forgery token here, since the server sends this form (response_mode form_post): the state stands for it.
  router.post('/callback', async (ctx) =>
    receive(deps, ctx, await readForm(ctx, answerParameters)),
  );

  return router;
}

async function showRequest(deps: PlaygroundDeps, ctx: Context, login: PendingLogin): Promise<void> {
  const client = await getPlayedClient(deps, login.clientId);
  const party = await connectAs(deps, ctx, client);
  const url = await relyingParty.authorizationUrl(party, login);
  render(ctx, 'playground/request', {
    csrf: csrfToken(ctx),
    action: '/playground/request',
    client: describeClient(client),
    verifier: login.verifier,
    challenge: await relyingParty.challengeOf(login),
    address: url.href.split(/(?=[?&])/),
    parts: explainRequest(url),
    ...(client.requirePushedAuthorizationRequests && {
      pushed: { endpoint: relyingParty.pushedEndpoint(party) },
    }),
  });
}

async function leave(deps: PlaygroundDeps, ctx: Context, login: PendingLogin): Promise<void> {
  const client = await getPlayedClient(deps, login.clientId);
  const party = await connectAs(deps, ctx, client);
  const makeUrl = client.requirePushedAuthorizationRequests
    ? relyingParty.pushedUrl
    : relyingParty.authorizationUrl;
  goTo(ctx, (await makeUrl(party, login)).href);
}

type Answer = z.output<typeof answerParameters>;

async function receive(deps: PlaygroundDeps, ctx: Context, answer: Answer): Promise<void> {
  const login = deps.cookies.readPending(ctx);
  if (!login) return showNoLogin(ctx);

  const parts = explainAnswer(answer);
  const checks = checkAnswer(answer, login, deps.config.issuer);
  if (checks.some(({ passed }) => !passed)) return showDisbelief(ctx, login, { parts, checks });

  // From here on this login is over: a code that is sent twice would revoke what it gave (RFC 6749 §4.1.2).
  deps.cookies.forgetPending(ctx);
  const { error, error_description } = answer;
  if (error !== undefined) {
    const { title, message: lead } = explainRefusal({ error, error_description });
    return showFailure(ctx, login, { title, lead, parts, checks });
  }
  await orFailed(ctx, login, () => redeem(deps, ctx, { login, answer, parts, checks }));
}

interface Redemption {
  login: PendingLogin;
  answer: Answer;
  parts: PlaygroundViews['playground/failed']['parts'];
  checks: Check[];
}

async function redeem(
  deps: PlaygroundDeps,
  ctx: Context,
  { login, answer, parts, checks }: Redemption,
): Promise<void> {
  const client = await getPlayedClient(deps, login.clientId);
  const party = await connectAs(deps, ctx, client);
  try {
    const finished = await relyingParty.redeem(party, login, answer);
    const page = await tokensPage(deps, { party, login: finished, csrf: csrfToken(ctx) });
    render(ctx, 'playground/tokens', { ...page, ...SIGNED_IN, answer: { parts, checks } });
  } catch (error) {
    const failure = explainFailure(error);
    if (!failure) throw error;
    const [exchange] = party.exchanges;
    showFailure(ctx, login, {
      title: failure.title,
      lead: failure.message,
      parts,
      checks,
      exchange,
    });
  }
}

const SIGNED_IN = {
  title: 'The application has its tokens',
  lead: 'The browser brought a code, and the application redeemed it, out of the browser’s sight. Step by step:',
};

type Failed = Omit<PlaygroundViews['playground/failed'], 'action'>;

function showFailure(ctx: Context, { clientId }: PendingLogin, failed: Failed): void {
  ctx.status = 400;
  render(ctx, 'playground/failed', { ...failed, action: clientPath(clientId) });
}

function showDisbelief(
  ctx: Context,
  login: PendingLogin,
  seen: Pick<Failed, 'parts' | 'checks'>,
): void {
  const title = 'This answer is not believed';
  const lead = 'It did not pass the checks, so its code was not redeemed.';
  showFailure(ctx, login, { title, lead, ...seen });
}

function showNoLogin(ctx: Context): void {
  ctx.status = 400;
  render(ctx, 'playground/failed', {
    title: 'No login is under way here',
    lead: 'It was finished already, took longer than half an hour, or was started in another browser.',
    parts: [],
    checks: [],
    action: '/playground',
  });
}

/** Failures of the protocol and the network become a page; others are not expected here. */
async function orFailed(
  ctx: Context,
  login: PendingLogin,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const failure = explainFailure(error);
    if (!failure) throw error;
    showFailure(ctx, login, { title: failure.title, lead: failure.message, parts: [], checks: [] });
  }
}
