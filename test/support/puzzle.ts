// Solves the puzzle of a form as the page's script does.
import { hash } from 'node:crypto';

export function solve(challenge: string): string {
  const bits = Number(challenge.split('.', 1)[0]);
  for (let i = 0; ; i++) {
    const solution = `${challenge}~${i}`;
    if (Math.clz32(hash('sha256', solution, 'buffer').readUInt32BE(0)) >= bits) return solution;
  }
}

export function challengeIn(html: string): string {
  const [, challenge] = /data-challenge="([^"]+)"/.exec(html) ?? [];
  if (!challenge) throw new Error(`No puzzle in: ${html.slice(0, 500)}`);
  return challenge;
}
