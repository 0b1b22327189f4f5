// A person's picture. Each is at a URL that cannot be guessed, and a new one at a new URL, so that it may be kept by
// whoever has seen it for as long as they like.
import type { Clock } from '../../foundation/clock.ts';
import { newSecret } from '../../foundation/secrets.ts';
import type { RateLimits } from '../../operations/rate-limiter.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import type { PictureDrawing } from './picture-drawing.ts';
import { userNotFound } from '../users/users.ts';
import * as store from './picture-store.ts';

export interface PictureDeps {
  db: Database;
  clock: Clock;
  pictureDrawing: PictureDrawing;
  rateLimits: Pick<RateLimits, 'consume'>;
}

/**
 * @param bytes an image of a format that is offered
 * @throws DomainError `invalid` `picture_unreadable`; `unavailable` `pictures_busy`; `too-many` `rate_limited`;
 * `not-found` `user_not_found` when the person was deleted meanwhile
 */
export async function setPicture(
  { db, clock, pictureDrawing, rateLimits }: PictureDeps,
  userId: string,
  bytes: Buffer,
): Promise<void> {
  await rateLimits.consume('newPictures', userId);
  const image = new Uint8Array(await pictureDrawing.draw(bytes));
  const at = clock.now();
  await transact(db, async (tx) => {
    if (!(await store.put(tx, { id: newSecret(), userId, image, createdAt: at })))
      throw userNotFound();
    await record(tx, at, userId);
  });
}

/** Twice is once. */
export async function removePicture(
  { db, clock }: Pick<PictureDeps, 'db' | 'clock'>,
  userId: string,
): Promise<void> {
  await transact(db, async (tx) => {
    if (await store.remove(tx, userId)) await record(tx, clock.now(), userId);
  });
}

/** WebP; nothing where there is none, or no longer. */
export async function findPicture({ db }: { db: Db }, id: string): Promise<Buffer | undefined> {
  const found = await store.find(db, id);
  return found ? Buffer.from(found.image) : undefined;
}

async function record(tx: Db, at: Date, userId: string): Promise<void> {
  await appendAuditEvent(tx, at, {
    type: 'user.updated',
    outcome: 'success',
    actor: { type: 'user', id: userId },
    target: { type: 'user', id: userId },
    request: currentRequest(),
    detail: { field: 'picture' },
  });
}
