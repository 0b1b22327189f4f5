// The only doorway to @zxcvbn-ts, run in a thread of its own: its dictionaries take half a second and 70 MB to load,
// and a long password more than a second to look at.
import { parentPort, workerData } from 'node:worker_threads';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as english from '@zxcvbn-ts/language-en';
import * as z from 'zod';

const MAX_CHARACTERS = 64;

const input = z.object({ password: z.string(), ownWords: z.array(z.string()) });

const { password, ownWords } = input.parse(workerData);
const meter = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary },
  graphs: common.adjacencyGraphs,
  maxLength: MAX_CHARACTERS,
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
parentPort?.postMessage(meter.check(password, ownWords).score);
