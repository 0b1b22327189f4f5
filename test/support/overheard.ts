// Everything secret that went over the wire while it listened: what no log line, audit event or row may hold.
const SECRET_FIELDS =
  /^(access_token|refresh_token|id_token|token|code|code_verifier|device_code|user_code|client_secret|client_assertion|password|passwordAgain|csrf|xsrf|request_uri|id_token_hint|registration_access_token)$/;
const SHORTEST = 6;

export interface Overheard {
  secrets: Set<string>;
  stop(): void;
}

/** Replaces `fetch` until it is stopped. */
export function listenIn(): Overheard {
  const secrets = new Set<string>();
  const genuine = globalThis.fetch;
  const note = (name: string, value: unknown) => {
    if (typeof value === 'string' && SECRET_FIELDS.test(name) && value.length >= SHORTEST)
      secrets.add(value);
  };
  const noteAll = (pairs: Iterable<[string, string]>) => {
    for (const [name, value] of pairs) note(name, value);
  };

  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    noteAll(new URL(request.url).searchParams);
    noteCredentials(request.headers, secrets);
    const type = request.headers.get('content-type') ?? '';
    if (type.includes('urlencoded')) noteAll(new URLSearchParams(await request.clone().text()));

    const response = await genuine(input, init);
    for (const line of response.headers.getSetCookie()) noteCookie(line, secrets);
    const location = response.headers.get('location');
    if (location) noteAll(new URL(location, request.url).searchParams);
    const text = await response.clone().text();
    for (const [, name = '', value = ''] of text.matchAll(/name="(\w+)" value="([^"]*)"/g))
      note(name, value);
    if (response.headers.get('content-type')?.includes('json') && text)
      noteAll(Object.entries(JSON.parse(text)));
    return response;
  };
  return {
    secrets,
    stop() {
      globalThis.fetch = genuine;
    },
  };
}

function noteCredentials(headers: Headers, secrets: Set<string>): void {
  const [scheme = '', credentials] = (headers.get('authorization') ?? '').split(' ');
  if (credentials && credentials.length >= SHORTEST) secrets.add(credentials);
  if (scheme.toLowerCase() === 'basic' && credentials) {
    const secret = Buffer.from(credentials, 'base64').toString().split(':')[1];
    if (secret && secret.length >= SHORTEST) secrets.add(secret);
  }
  const proof = headers.get('dpop');
  if (proof) secrets.add(proof);
}

function noteCookie(line: string, secrets: Set<string>): void {
  const value = line.slice(line.indexOf('=') + 1).split(';', 1)[0] ?? '';
  if (value.length >= SHORTEST) secrets.add(value);
}
