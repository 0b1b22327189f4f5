import { Router } from '@koa/router';
import * as z from 'zod';
import type { HistoryLine } from '../http/account-views.ts';
import { readQuery } from '../http/input.ts';
import type { Language } from '../http/language.ts';
import { toMoment } from '../http/moments.ts';
import { render } from '../http/render.ts';
import { languageOf } from '../http/request-language.ts';
import { listOwnEvents } from '../operations/audit/own-events.ts';
import { shownName } from '../protocol/clients/account-client.ts';
import { namesOfClients } from '../protocol/clients/clients.ts';
import { type DoorDeps, signedIn } from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';
import { TOLD_EVENTS, wordsOf } from './history-words.ts';

const PAGE = 25;
const PATH = pathOf('security');

/** Where a page starts: after the last event of the one before. */
const place = z.object({
  at: z.iso.datetime().optional(),
  id: z.uuid().optional(),
});

/** What happened to the account, in words. */
export function accountHistoryRoutes(deps: DoorDeps): Router {
  const router = new Router({ prefix: PATH });
  router.get(
    '/',
    signedIn(deps, async (ctx, { user }) => {
      const { at, id } = readQuery(ctx, place);
      const before = at && id ? { at: new Date(at), id } : undefined;
      const query = { userId: user.id, types: TOLD_EVENTS, limit: PAGE + 1, before };
      const events = await listOwnEvents(deps.db, query);
      const page = events.slice(0, PAGE);
      const language = languageOf(ctx);
      const names = await namesOfClients(deps, clientIdsOf(page));
      const last = events.length > PAGE ? page.at(-1) : undefined;
      render(ctx, 'account/security', {
        lines: page.map((event) => toLine(event, { names, language })),
        older: last ? `${PATH}?at=${last.at.toISOString()}&id=${last.id}` : undefined,
      });
    }),
  );
  return router;
}

type Event = Awaited<ReturnType<typeof listOwnEvents>>[number];

const clientIdsOf = (events: Event[]): string[] => [
  ...new Set(events.flatMap(({ clientId }) => clientId ?? [])),
];

function toLine(
  { type, at, address, clientId }: Event,
  { names, language }: { names: ReadonlyMap<string, string>; language: Language },
): HistoryLine {
  const name = names.get(clientId ?? '');
  const client = clientId && name && shownName({ id: clientId, name }, language);
  const detail = [client, address].filter(Boolean).join(' · ');
  return { words: wordsOf(type, language), detail, moment: toMoment(at, language) };
}
