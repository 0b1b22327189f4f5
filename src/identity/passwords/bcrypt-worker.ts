// The only doorway to bcryptjs, which is plain JavaScript and holds its thread for as long as a hash takes.
import { parentPort, workerData } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import * as z from 'zod';

const { password, hash } = z.object({ password: z.string(), hash: z.string() }).parse(workerData);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
parentPort?.postMessage(compareSync(password, hash));
