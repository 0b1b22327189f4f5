// Attack 34: requests to where nobody outside may reach.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { createSafeFetch, isSpecialAddress } from '../../src/foundation/safe-fetch.ts';

const safe = createSafeFetch({ allowPrivateAddresses: false });

test.each([
  'http://example.com/',
  'https://127.0.0.1/',
  'https://localhost/',
  'https://2130706433/', // 127.0.0.1 in decimal
  'https://0177.0.0.1/', // in octal
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://169.254.169.254/latest/meta-data/',
  'https://10.0.0.1/',
  'https://192.168.1.1/',
  'file:///etc/passwd',
])('%s is not asked', async (url) => {
  const fault = await safe(url).then(
    () => undefined,
    (error: Error) => error,
  );
  const reasons = [fault?.message, (fault?.cause as Error | undefined)?.message].join(' ');
  expect(reasons).toMatch(/https only|not at a public address/);
});

test.each([
  ['8.8.8.8', false],
  ['2606:4700::1111', false],
  ['172.31.255.255', true],
  ['172.32.0.0', false],
  ['100.64.0.1', true],
  ['::ffff:10.0.0.1', true],
  ['fe80::1', true],
  ['fd00::1', true],
])('%s is special: %s', (address, expected) => {
  expect(isSpecialAddress(address)).toBe(expected);
});

test('with the weakening it goes there, but follows no redirect', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/') response.end('here');
    else response.writeHead(302, { location: '/' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const weak = createSafeFetch({ allowPrivateAddresses: true });

  expect(await (await weak(`${origin}/`)).text()).toBe('here');
  await expect(weak(`${origin}/elsewhere`)).rejects.toThrow('fetch failed');
  server.closeAllConnections();
  server.close();
});
