// The third yardstick, run as a process: how many passwords a machine can verify when it does nothing else, one at a
// time as a server does by default. The load generator asks it by HTTP as it asks the others.
import { createServer } from 'node:http';
import argon2 from 'argon2';

const PASSWORD = 'correct horse battery staple';
/** What PASSWORD_HASH_MEMORY_KIB, _PASSES and _LANES are by default. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1, hashLength: 32 };

const phc = await argon2.hash(PASSWORD, { ...COST, type: argon2.argon2id });
let before: Promise<unknown> = Promise.resolve();

createServer((request, response) => {
  request.resume();
  if (request.method !== 'POST') return response.end();
  before = before.then(verify).then((isRight) => response.end(`${isRight}`));
  return undefined;
}).listen(Number(process.env['PORT']), '127.0.0.1');

function verify(): Promise<boolean> {
  return argon2.verify(phc, PASSWORD);
}
