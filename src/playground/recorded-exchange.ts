// The requests that the playground sends, as they are to be shown: as curl would send them, with the client's secret
// masked. Codes and tokens stay: showing them is what the page is for.
import type { ExchangeText } from '../http/playground-views.ts';

const MASK = '••••••••';

/** The headers of an answer that say something about the protocol. */
const SHOWN_HEADERS = ['content-type', 'cache-control', 'www-authenticate', 'retry-after'];

interface Options {
  method: string;
  headers: Record<string, string>;
  /** The protocol's requests have forms for bodies. */
  body?: unknown;
  redirect?: 'manual';
  signal?: AbortSignal;
}

/** A fetch that appends to the list what it sent and what came back, also when nothing came back. */
export function recordingFetch(into: ExchangeText[]) {
  return async (url: string, options: Options): Promise<Response> => {
    const exchange: ExchangeText = {
      request: asCurl(url, options),
      status: 'No answer',
      response: '',
    };
    into.push(exchange);
    const { body, ...rest } = options;
    const response = await fetch(url, {
      ...rest,
      ...(body instanceof URLSearchParams && { body }),
    });
    exchange.status = `${response.status} ${response.statusText}`.trim();
    exchange.response = await describeResponse(response.clone());
    return response;
  };
}

function asCurl(url: string, { method, headers, body }: Options): string {
  const lines = method === 'GET' ? [`curl ${quoted(url)}`] : [`curl -X ${method} ${quoted(url)}`];
  const authorization = new Headers(headers).get('authorization');
  if (authorization) lines.push(credentials(authorization));
  if (body instanceof URLSearchParams) {
    lines.push(...[...body].map(([name, value]) => field(name, value)));
  }
  return lines.join(' \\\n  ');
}

function credentials(authorization: string): string {
  const [scheme, value = ''] = authorization.split(' ');
  if (scheme !== 'Basic') return `-H ${quoted(`Authorization: ${authorization}`)}`;

  const [id = ''] = Buffer.from(value, 'base64').toString().split(':', 1);
  return `-u ${quoted(`${decodeURIComponent(id)}:${MASK}`)}`;
}

function field(name: string, value: string): string {
  const shown = name === 'client_secret' ? MASK : value;
  return `--data-urlencode ${quoted(`${name}=${shown}`)}`;
}

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

async function describeResponse(response: Response): Promise<string> {
  const headers = SHOWN_HEADERS.filter((name) => response.headers.has(name)).map(
    (name) => `${name}: ${response.headers.get(name)}`,
  );
  const body = pretty(await response.text());
  return [headers.join('\n'), body].filter(Boolean).join('\n\n');
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    // Not every answer is JSON; that one is shown as it is.
    return text;
  }
}
