// Requests as no client library would send them, byte by byte over a socket.
import { once } from 'node:events';
import { connect } from 'node:net';

const PATIENCE_MS = 1000;

/** Sends the text, with CRLF for each line end, and answers all that comes back until the connection ends or is quiet. */
export async function sendRaw(
  issuer: string,
  text: string,
  { half = false, patienceMs = PATIENCE_MS } = {},
): Promise<string> {
  const { hostname, port } = new URL(issuer);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined); // what came until then is the answer
  socket.setTimeout(patienceMs, () => socket.destroy());
  await once(socket, 'connect');
  const bytes = Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
  if (half) socket.end(bytes);
  else socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

/** The status of each answer in what came back. */
export function statusesOf(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
