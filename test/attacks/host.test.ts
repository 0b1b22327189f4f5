// Attack 37: who the server is does not depend on what a request says, and one request is one request.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAgent } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { get } from '../support/http.ts';
import { linkIn, newestMailTo } from '../support/mailbox.ts';
import { sendRaw, statusesOf } from '../support/raw-http.ts';
import { authorizationRequest, CALLBACK, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let behindProxy: TestServer;
const PUBLIC = 'login.example.com';

beforeAll(async () => {
  server = await startServer();
  behindProxy = await startServer({ ISSUER: `https://${PUBLIC}`, TRUSTED_PROXIES: '127.0.0.1' });
});

afterAll(async () => {
  await server.close();
  await behindProxy.close();
});

const host = () => new URL(server.issuer).host;
const DISCOVERY = '/.well-known/openid-configuration';

/** A GET with exactly these header lines. */
const ask = (target: string, lines: string[], { issuer } = server) =>
  sendRaw(issuer, [`GET ${target} HTTP/1.1`, ...lines, 'Connection: close', '', ''].join('\n'), {
    patienceMs: 20_000,
  });

const OTHER_HOSTS: Record<string, () => string[]> = {
  'another host': () => ['Host: evil.example'],
  'another port': () => ['Host: 127.0.0.1:1'],
  'no port': () => ['Host: 127.0.0.1'],
  'another name of loopback': () => [`Host: localhost:${new URL(server.issuer).port}`],
  'a dot after it': () => [`Host: 127.0.0.1.:${new URL(server.issuer).port}`],
  'user information': () => [`Host: evil@${host()}`],
  'a path': () => [`Host: ${host()}/evil`],
  'a list': () => [`Host: ${host()}, evil.example`],
  'white space': () => [`Host: ${host()} evil.example`],
  'two, ours first': () => [`Host: ${host()}`, 'Host: evil.example'],
  'two, ours last': () => ['Host: evil.example', `Host: ${host()}`],
  'ours twice': () => [`Host: ${host()}`, `Host: ${host()}`],
  'an empty one': () => ['Host:'],
  none: () => [],
};

describe('attack 37: a Host that is not the issuer’s', () => {
  test.each(Object.entries(OTHER_HOSTS))('attack 37: %s', async (_, lines) => {
    for (const path of [
      DISCOVERY,
      '/jwks',
      '/',
      '/device',
      '/setup?token=x',
      '/recovery',
      '/auth?client_id=x',
    ]) {
      const answer = await ask(path, lines());
      expect([path, statusesOf(answer)[0]]).toEqual([path, expect.any(Number)]);
      expect([400, 421]).toContain(statusesOf(answer)[0]);
      expect(answer).not.toMatch(/evil\.example|Location:/i);
    }
    expect((await get(`${server.issuer}${DISCOVERY}`)).json['issuer']).toBe(server.issuer);
  });

  test('attack 37: a client assertion is not accepted for the host that the request names', async () => {
    const body = 'grant_type=client_credentials';
    const lines = [
      'POST /token HTTP/1.1',
      'Host: evil.example',
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${body.length}`,
      'Connection: close',
      '',
      body,
    ];
    expect(statusesOf(await sendRaw(server.issuer, lines.join('\n')))).toEqual([421]);
  });
});

describe('attack 37: forwarding headers of nobody we know', () => {
  const FORGED: Record<string, string> = {
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Port': '6666',
    'X-Forwarded-Prefix': '/evil',
    'X-Forwarded-Server': 'evil.example',
    'X-Forwarded-For': '203.0.113.7',
    Forwarded: 'for=203.0.113.7;host=evil.example;proto=https',
    'X-Original-URL': '/evil',
    'X-Rewrite-URL': '/evil',
    'X-Original-Host': 'evil.example',
    'X-Host': 'evil.example',
    'X-Real-IP': '203.0.113.7',
    'True-Client-IP': '203.0.113.7',
  };

  test.each(Object.entries(FORGED))('attack 37: %s', async (name, value) => {
    const plain = (await get(`${server.issuer}${DISCOVERY}`)).text;
    const forged = await get(`${server.issuer}${DISCOVERY}`, { [name]: value });
    expect(forged.text).toBe(plain);
    const { id } = await createTestClient(server, 'spa');
    const { url } = await authorizationRequest(await relyingParty(server.issuer, id));
    const { headers } = await get(url.href, { [name]: value });
    expect(headers.get('location')).toMatch(/^\/interaction\//);
    const page = await get(`${server.issuer}/device`, { [name]: value, accept: 'text/html' });
    const own = page.text.replaceAll(String(page.headers.get('x-request-id')), '');
    expect(own).not.toMatch(/evil|6666|https:\/\/127/);
    expect(server.log.at(-1)).toContain('"address":"127.0.0.1"');
    expect(server.log.join('')).not.toContain('203.0.113.7');
  });
});

test('attack 37: a mailed link leads to the issuer, whatever the request says of it', async () => {
  await createPerson(server, ALICE);
  const agent = createAgent(server.issuer);
  const { body } = await agent.open('/recovery');
  const csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? '';
  const forged = {
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    forwarded: 'host=evil.example',
    referer: 'https://evil.example/',
    'x-original-host': 'evil.example',
  };
  await agent.open('/recovery', { csrf, login: ALICE.login }, forged);
  const { text, html } = await newestMailTo(server, 'alice@example.com', 'reset-password');
  expect(linkIn({ text })).toMatch(new RegExp(`^${server.issuer}/recovery/`));
  expect(text + html).not.toContain('evil');
});

describe('attack 37: targets in absolute form', () => {
  const statusOf = async (target: string) => statusesOf(await ask(target, [`Host: ${host()}`]))[0];

  test('attack 37: ours is ours, any other is misdirected', async () => {
    expect(await statusOf(`http://${host()}${DISCOVERY}`)).toBe(200);
    for (const target of [
      `http://evil.example${DISCOVERY}`,
      `https://${host()}${DISCOVERY}`,
      `http://evil@${host()}${DISCOVERY}`,
      `http://${host()}.evil.example/`,
      'evil.example:443',
      '*',
      'javascript:x',
    ]) {
      const status = await statusOf(target);
      expect([target, status === 400 || status === 421]).toEqual([target, true]);
    }
  });

  test('attack 37: a path that begins with two slashes is no host', async () => {
    const answer = await ask('//evil.example/%2e%2e', [`Host: ${host()}`]);
    expect(statusesOf(answer)).toEqual([404]);
    expect(answer).not.toMatch(/Location:/i);
  });
});

describe('attack 37: one request inside another', () => {
  const hidden = () => `GET /smuggled HTTP/1.1\nHost: ${host()}\n\n`;
  const post = (...lines: string[]) =>
    [
      `POST /token HTTP/1.1`,
      `Host: ${host()}`,
      'Content-Type: application/x-www-form-urlencoded',
      ...lines,
      '',
      '',
    ].join('\n');

  const SMUGGLED: Record<string, () => string> = {
    'a length and chunks': () =>
      `${post('Content-Length: 5', 'Transfer-Encoding: chunked')}0\n\n${hidden()}`,
    'chunks and a length': () =>
      `${post('Transfer-Encoding: chunked', 'Content-Length: 5')}0\n\n${hidden()}`,
    'two lengths': () => `${post('Content-Length: 0', 'Content-Length: 50')}${hidden()}`,
    'a list of lengths': () => `${post('Content-Length: 0, 50')}${hidden()}`,
    'a signed length': () => `${post('Content-Length: +0')}${hidden()}`,
    'a length in hexadecimal': () => `${post('Content-Length: 0x0')}${hidden()}`,
    'chunked twice': () =>
      `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: identity', 'Content-Length: 5')}0\n\n${hidden()}`,
    'chunked, spelled oddly': () =>
      `${post('Transfer-Encoding: xchunked', 'Content-Length: 0')}${hidden()}`,
    'chunked before a colon': () =>
      `${post('Transfer-Encoding : chunked', 'Content-Length: 0')}${hidden()}`,
    'a folded header': () =>
      `${post('Content-Length: 0', 'X: a', ' Transfer-Encoding: chunked')}${hidden()}`,
    'a chunk extension with a line break': () =>
      `${post('Transfer-Encoding: chunked')}1;a="\n\nx\n0\n\n${hidden()}`,
  };

  test.each(Object.entries(SMUGGLED))('attack 37: %s', async (_, make) => {
    const before = server.log.length;
    const answer = await sendRaw(server.issuer, make());
    expect(statusesOf(answer).filter((status) => status < 400 || status >= 500)).toEqual([]);
    expect(statusesOf(answer).length).toBeLessThanOrEqual(1);
    expect(server.log.slice(before).join('')).not.toContain('smuggled');
  });

  test('attack 37: honest requests on one connection are each their own', async () => {
    const answer = await sendRaw(
      server.issuer,
      `GET /livez HTTP/1.1\nHost: ${host()}\n\nGET /nowhere HTTP/1.1\nHost: evil.example\nConnection: close\n\n`,
    );
    expect(statusesOf(answer)).toEqual([200, 421]);
  });
});

describe('attack 37: behind a proxy that is known', () => {
  const https = ['X-Forwarded-Proto: https', 'X-Forwarded-For: 198.51.100.9'];

  test('attack 37: cookies are for this host alone, over https alone', async () => {
    const page = await ask('/device', [`Host: ${PUBLIC}`, ...https], behindProxy);
    const cookies = [...page.matchAll(/^Set-Cookie: (.*)\r$/gim)].map(([, cookie = '']) => cookie);
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-/);
      expect(cookie).toMatch(/; path=\/(;|$)/i);
      expect(cookie).toMatch(/; secure/i);
      expect(cookie).not.toMatch(/domain=/i);
    }
    expect(page).toMatch(/Strict-Transport-Security/i);
  });

  test('attack 37: so is every cookie of a sign-in, which no script reads and no other site sends with a form', async () => {
    await createPerson(behindProxy, ALICE);
    const { id } = await createTestClient(behindProxy, 'spa', { firstParty: true });
    const query = new URLSearchParams({
      client_id: id,
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid',
      ui_locales: 'de',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });
    const jar = new Map<string, string>();
    const lines = () => [
      `Host: ${PUBLIC}`,
      ...https,
      `Cookie: ${[...jar].map(([name, value]) => `${name}=${value}`).join('; ')}`,
    ];
    const cookies: string[] = [];
    const keep = (answer: string) => {
      for (const [, line = ''] of answer.matchAll(/^Set-Cookie: (.*)\r$/gim)) {
        cookies.push(line);
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === '') jar.delete(name);
        else jar.set(name, value);
      }
      return answer;
    };
    const locationIn = (answer: string) => /^Location: (\S+)/im.exec(answer)?.[1] ?? '';
    const pathIn = (answer: string) => {
      const { pathname, search } = new URL(locationIn(answer), `https://${PUBLIC}`);
      return pathname + search;
    };

    const begun = keep(await ask(`/auth?${query.toString()}`, lines(), behindProxy));
    const page = keep(await ask(pathIn(begun), lines(), behindProxy));
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const body = new URLSearchParams({ csrf, ...ALICE }).toString();
    const head = [
      `POST ${pathIn(begun)} HTTP/1.1`,
      ...lines(),
      `Origin: https://${PUBLIC}`,
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ];
    const signed = keep(
      await sendRaw(behindProxy.issuer, [...head, '', body].join('\n'), { patienceMs: 20_000 }),
    );
    const done = keep(await ask(pathIn(signed), lines(), behindProxy));

    expect(locationIn(done)).toContain(`${CALLBACK}?code=`);
    expect(new Set(cookies.map((line) => line.split('=')[0])).size).toBeGreaterThanOrEqual(5);
    for (const line of cookies) {
      expect(line).toMatch(/^__(Host|Secure)-/);
      expect(line).toMatch(/; secure/i);
      expect(line).toMatch(/; httponly/i);
      expect(line).toMatch(/; samesite=(lax|strict)/i);
      expect(line).not.toMatch(/domain=/i);
    }
  });

  test('attack 37: what came in clear is refused, and the proxy’s word on the host counts for nothing', async () => {
    expect(statusesOf(await ask('/device', [`Host: ${PUBLIC}`], behindProxy))).toEqual([421]);
    expect(
      statusesOf(await ask('/device', [`Host: ${PUBLIC}`, 'X-Forwarded-Proto: http'], behindProxy)),
    ).toEqual([421]);
    expect(
      statusesOf(
        await ask('/device', [`Host: ${PUBLIC}`, 'X-Forwarded-Proto: https, http'], behindProxy),
      ),
    ).toEqual([421]);
    const evil = await ask(
      DISCOVERY,
      [`Host: ${PUBLIC}`, 'X-Forwarded-Host: evil.example', ...https],
      behindProxy,
    );
    expect(evil).toContain(`"issuer":"https://${PUBLIC}"`);
    expect(evil).not.toContain('evil');
  });

  test('attack 37: an address that the caller put in front is not taken for the caller’s', async () => {
    await ask(
      '/nowhere',
      [`Host: ${PUBLIC}`, 'X-Forwarded-Proto: https', 'X-Forwarded-For: 203.0.113.7, 198.51.100.9'],
      behindProxy,
    );
    expect(behindProxy.log.at(-1)).toContain('"address":"198.51.100.9"');
  });
});
