// Making a picture out of whatever was uploaded. What cannot be drawn is refused, and what is kept was drawn by us.
import { DomainError } from '../../foundation/errors.ts';
import { runOneOffProcess } from '../../foundation/one-off-process.ts';
import type { Logger } from '../../operations/log.ts';
import { createBoundedQueue } from '../passwords/bounded-queue.ts';

/** What a person may upload. */
export const MAX_PICTURE_BYTES = 5 * 1024 * 1024;

const MILLISECONDS = 10_000;
const MAX_DRAWN_BYTES = 512 * 1024;
/** One at a time leaves the other processors to sign-ins and tokens. */
const LIMITS = { concurrency: 1, queue: 8 };
/** What picture-worker.ts says of an image that it cannot draw. */
const NO_PICTURE = 2;

export interface PictureDrawing {
  /**
   * WebP, 256 × 256 pixels.
   * @throws DomainError `invalid` `picture_unreadable`; `unavailable` `pictures_busy`
   */
  draw(bytes: Buffer): Promise<Buffer>;
}

export function createPictureDrawing({ log }: { log: Pick<Logger, 'warn'> }): PictureDrawing {
  const queue = createBoundedQueue(LIMITS, () => {
    const message = 'Too many pictures are being made. Try again in a few seconds.';
    return new DomainError('unavailable', 'pictures_busy', message, { retryAfterSeconds: 5 });
  });
  return {
    async draw(input) {
      if (!isOffered(input)) throw unreadable();
      const { output, exitCode } = await queue.run(() =>
        runOneOffProcess({
          beside: import.meta.url,
          module: 'picture-worker',
          input,
          milliseconds: MILLISECONDS,
          maxBytes: MAX_DRAWN_BYTES,
        }),
      );
      if (exitCode === 0 && output.length > 0) return output;
      if (exitCode !== NO_PICTURE) log.warn({ exitCode }, 'a picture could not be drawn');
      throw unreadable();
    },
  };
}

/** By its first bytes; everything else is refused before a process is started for it. */
function isOffered(bytes: Buffer): boolean {
  const isWebp =
    bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP';
  return (
    isWebp || SIGNATURES.some((signature) => bytes.subarray(0, signature.length).equals(signature))
  );
}

/** JPEG and PNG. */
const SIGNATURES = [Buffer.from('ffd8ff', 'hex'), Buffer.from('89504e470d0a1a0a', 'hex')];

function unreadable(): DomainError {
  const message = 'This is no JPEG, PNG or WebP image that can be read, or it has too many pixels.';
  return new DomainError('invalid', 'picture_unreadable', message);
}
