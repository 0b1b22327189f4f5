// Rows by their key, for the tables that are read at every token: of the driver where there is direct access, else of
// the query engine.
import { type DirectAccess, directAccessOf, type TokenRows } from './direct-access.ts';
import type { PrismaClient, Session } from './generated/sqlite/client.ts';
import { KEYED_READS, type Model, type Rows, toRow } from './row-layouts.ts';

type Db = Pick<PrismaClient, Model>;

/** The row with that id. Asked for several times in one turn of the event loop, it is read once. */
export async function readRow<M extends Model>(
  db: Db,
  model: M,
  id: string,
): Promise<Rows[M] | null> {
  const connect = directAccessOf(db);
  if (!connect) return (await askEngine(db, model, id)) as Rows[M] | null;

  const [values] = await once(db, `${model} ${id}`, async () => readBy(await connect(), model, id));
  return values ? toRow(model, values) : null;
}

/** The rows of one browser session, in no order. */
export async function readSessionsOf(db: Db, uid: string): Promise<Session[]> {
  const connect = directAccessOf(db);
  if (!connect) return db.session.findMany({ where: { uid } });

  const rows = await readBy(await connect(), 'sessionsOfUid', uid);
  return rows.map((values) => toRow('session', values));
}

/** A token with all that it hangs on, in one read; `undefined` where there is no direct access. */
export async function readTokenRows(db: Db, id: string): Promise<TokenRows | null | undefined> {
  const direct = await directAccessOf(db)?.();
  return direct?.readToken(id);
}

function readBy(direct: DirectAccess, name: keyof typeof KEYED_READS.sqlite, key: string) {
  return direct.read({ sql: KEYED_READS[direct.engine][name], key });
}

const asked = new WeakMap<Db, Map<string, Promise<unknown>>>();

/** What one turn of the event loop asks several times is read once. */
function once<T>(db: Db, question: string, read: () => Promise<T>): Promise<T> {
  const pending = asked.get(db) ?? startTurn(db);
  const reading = (pending.get(question) as Promise<T> | undefined) ?? read();
  pending.set(question, reading);
  return reading;
}

function startTurn(db: Db): Map<string, Promise<unknown>> {
  const pending = new Map<string, Promise<unknown>>();
  asked.set(db, pending);
  queueMicrotask(() => asked.delete(db));
  return pending;
}

function askEngine(db: Db, model: Model, id: string): Promise<unknown> {
  const where = { where: { id } };
  const ask: Record<Model, () => Promise<unknown>> = {
    protocolState: () => db.protocolState.findUnique(where),
    grant: () => db.grant.findUnique(where),
    session: () => db.session.findUnique(where),
    user: () => db.user.findUnique(where),
  };
  return ask[model]();
}
