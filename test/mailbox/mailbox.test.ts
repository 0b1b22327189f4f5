import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAgent } from '../support/agent.ts';
import { get } from '../support/http.ts';
import { MAILS } from '../support/mail-samples.ts';
import { codeIn, linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import { startServer, type TestServer } from '../support/server.ts';

const PRODUCTION = { NODE_ENV: 'production', SECRET_KEY: 'A'.repeat(43) };
const expiresAt = new Date(Date.now() + 600_000);

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.close());

function queue(request: Parameters<TestServer['services']['mail']['queue']>[1]) {
  return server.services.mail.queue(server.services.db, request);
}

test('what would have been sent is listed and shown, as text and as HTML', async () => {
  const agent = createAgent(server.issuer);
  expect((await agent.open('/')).body).toContain('href="/dev/mail"');
  expect((await agent.open('/dev/mail')).body).toContain('id="no-mails"');

  const reset = MAILS['reset-password'];
  const id = await queue({ ...reset, data: { ...reset.data, expiresAt } });
  const list = await agent.open('/dev/mail');
  expect(list.body).toContain(`href="/dev/mail/${id}"`);
  expect(list.body).toContain('alice@example.com');

  const mail = await agent.open(`/dev/mail/${id}`);
  expect(mail.body).toContain(`${server.issuer}/somewhere?token=4f1a`);
  expect(mail.body).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
  expect(mail.headers.get('content-security-policy')).toContain("frame-src 'self'");
  const html = await agent.open(`/dev/mail/${id}/html`);
  expect(html.body).toContain(`href="${server.issuer}/somewhere?token=4f1a"`);
  expect(html.headers.get('x-frame-options')).toBe('SAMEORIGIN');
  expect(html.headers.get('content-security-policy')).toMatch(
    /default-src 'none'.*frame-ancestors 'self'.*sandbox allow-popups/,
  );
});

test('tests read mails there: the newest to an address, its link and its code', async () => {
  const magic = MAILS['magic-link'];
  const to = 'bob@example.com';
  await queue({ ...magic, to, data: { ...magic.data, expiresAt } });
  await queue({ kind: 'verify-email', to, data: { path: '/verify?token=9', expiresAt } });

  expect(await mailsTo(server, to)).toHaveLength(2);
  expect(linkIn(await newestMailTo(server, to))).toBe(`${server.issuer}/verify?token=9`);
  expect(codeIn(await newestMailTo(server, to, 'magic-link'))).toBe('493021');
  await expect(newestMailTo(server, 'carol@example.com')).rejects.toThrow('No mail');
});

test('a mail that is not there is not found', async () => {
  const id = '0c8d3f0e-54c7-4c0f-9d3a-0d6e8a1b2c3d';
  for (const path of [id, `${id}/html`]) {
    expect((await get(`${server.issuer}/dev/mail/${path}`)).status).toBe(404);
  }
  expect((await get(`${server.issuer}/dev/mail/passwd`)).status).toBe(400);
});

test.each([
  ['in production', PRODUCTION],
  ['where the development pages are off', { DEVELOPMENT_PAGES: 'off' }],
  ['where mail is sent', { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'a@example.com' }],
])('there is no mailbox %s', async (_where, env) => {
  const other = await startServer(env);
  const id = await other.services.mail.queue(other.services.db, MAILS['credential-changed']);
  for (const path of ['/dev/mail', `/dev/mail/${id}`, `/dev/mail/${id}/html`]) {
    expect((await get(`${other.issuer}${path}`, { accept: 'application/json' })).status).toBe(404);
  }
  expect((await get(other.issuer)).text).not.toContain('/dev/mail');
  expect(other.services.mail.available).toBe('SMTP_URL' in env);
  await other.close();
});

test('a forged Host does not come into a link', async () => {
  const reset = MAILS['reset-password'];
  await queue({ ...reset, to: 'dave@example.com', data: { ...reset.data, expiresAt } });
  await get(`${server.issuer}/dev/mail`, { 'x-forwarded-host': 'evil.example' });
  const { text, html } = await newestMailTo(server, 'dave@example.com');
  expect(text + html).not.toContain('evil');
});
