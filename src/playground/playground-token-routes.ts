// What an application does with its tokens. The forms bring the tokens along, sealed, and get the page back.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError } from '../foundation/errors.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm } from '../http/input.ts';
import type { PlaygroundViews } from '../http/playground-views.ts';
import { render } from '../http/render.ts';
import { explainFailure } from './explained-failure.ts';
import { getPlayedClient } from './playground-clients.ts';
import { clientPath, connectAs, goTo, type PlaygroundDeps } from './playground-connection.ts';
import { FINISHED, type FinishedLogin, openState } from './playground-state.ts';
import * as relyingParty from './relying-party.ts';
import { subjectOf } from './token-anatomy.ts';
import { tokensPage } from './tokens-page.ts';

const tokenForm = z.object({
  csrf: z.string().optional(),
  run: z.string(),
  token: z.enum(['access_token', 'refresh_token']),
});

interface Step {
  title: string;
  lead: string;
  /** @returns the login with new tokens, if there are any */
  take(
    party: relyingParty.RelyingParty,
    login: FinishedLogin,
    kind: relyingParty.TokenKind,
  ): Promise<FinishedLogin | void>;
}

const STEPS: Record<string, Step> = {
  '/userinfo': {
    title: 'Userinfo',
    lead: 'The application shows its access token and asks who signed in.',
    take: (party, login) => relyingParty.askUserinfo(party, login, subjectOf(login)),
  },
  '/refresh': {
    title: 'Refresh',
    lead: 'The application exchanges its refresh token for new tokens, without the person.',
    take: (party, login) => relyingParty.refresh(party, login),
  },
  '/introspection': {
    title: 'Introspection',
    lead: 'The application asks the server about its token. “active” is the answer; the rest is told only if it is true.',
    take: relyingParty.introspect,
  },
  '/revocation': {
    title: 'Revocation',
    lead: 'The application gives its token back. The answer is the same whether or not there was such a token.',
    take: relyingParty.revoke,
  },
};

/** Open to everybody who reaches the playground and brings tokens that were sealed here. */
export function playgroundTokenRoutes(deps: PlaygroundDeps): Router {
  const router = new Router();
  for (const [path, step] of Object.entries(STEPS)) {
    router.post(path, (ctx) => perform(deps, ctx, step));
    // Who reloads or types the address has no tokens to go on with.
    router.get(path, (ctx) => goTo(ctx, '/playground'));
  }
  return router;
}

async function perform(deps: PlaygroundDeps, ctx: Context, step: Step): Promise<void> {
  const { csrf, run, token } = await readForm(ctx, tokenForm);
  assertNotForged(ctx, csrf);
  const before = openState(deps.key, FINISHED, run);
  if (!before) throw unknownRun();

  const client = await getPlayedClient(deps, before.clientId);
  const connection = await attempt(() => connectAs(deps, ctx, client));
  if ('fault' in connection) return showUnconnected(ctx, client.id, connection);
  const party = connection.value;
  const outcome = await attempt(() => step.take(party, before, token));
  const after = ('value' in outcome && outcome.value) || before;
  const page = await tokensPage(deps, { party, login: after, csrf: csrfToken(ctx) });
  const { title, lead } = step;
  const result = 'fault' in outcome ? { fault: `${outcome.title}: ${outcome.fault}` } : {};
  render(ctx, 'playground/tokens', {
    ...page,
    title,
    lead,
    ...result,
    changes: changesOf(before, after),
  });
}

type Outcome<T> = { value: T } | { title: string; fault: string };

async function attempt<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    const failure = explainFailure(error);
    if (!failure) throw error;
    return { title: failure.title, fault: failure.message };
  }
}

function showUnconnected(
  ctx: Context,
  id: string,
  { title, fault }: { title: string; fault: string },
): void {
  ctx.status = 400;
  render(ctx, 'playground/failed', {
    title,
    lead: fault,
    parts: [],
    checks: [],
    action: clientPath(id),
  });
}

type Changes = PlaygroundViews['playground/tokens']['changes'];

const KINDS = [
  { kind: 'refreshToken', name: 'Refresh token' },
  { kind: 'accessToken', name: 'Access token' },
  { kind: 'idToken', name: 'ID token' },
] as const;

function changesOf(before: FinishedLogin, after: FinishedLogin): Changes {
  if (before === after) return [];
  return KINDS.flatMap(({ kind, name }) => {
    const [old, renewed] = [before[kind] ?? '', after[kind] ?? ''];
    if (!renewed) return [];
    const outcome = old === renewed ? 'Unchanged' : 'Replaced';
    return [{ name, before: old || 'None', after: renewed, outcome }];
  });
}

function unknownRun(): DomainError {
  return new DomainError(
    'invalid',
    'unknown_login',
    'These tokens were not sealed by this server. Start again at /playground.',
  );
}
