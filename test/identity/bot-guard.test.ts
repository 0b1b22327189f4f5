// What keeps programs from opening accounts: a puzzle, or somebody else's captcha.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAgent, type Page } from '../support/agent.ts';
import { clockAhead } from '../support/clock.ts';
import { codeIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import { askForMail, atLogin, isIn, typeCode, verifiedPerson } from '../support/mail-sign-in.ts';
import { challengeIn, solve } from '../support/puzzle.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const person = { email: 'newcomer@example.com', password: 'seven quiet otters drifting' };

let server: TestServer;

afterEach(() => server.close());

const agentOf = () => createAgent(server.issuer);
const passed = (page: Page) => page.body.includes('id="confirm-address-submit"');

describe('a puzzle', () => {
  const clock = clockAhead();

  beforeEach(async () => {
    server = await startServer({ BOT_GUARD: 'proof-of-work', SIGN_IN_BY_MAIL: 'on' }, { clock });
  });

  test('that was solved lets the form pass, once', async () => {
    const agent = agentOf();
    const form = await agent.browse('/create-account');
    const solution = solve(challengeIn(form.body));
    expect(passed(await agent.submit(form, 'create-submit', { ...person, solution }))).toBe(true);

    const again = await agent.submit(form, 'create-submit', { ...person, solution });
    expect([again.status, passed(again)]).toEqual([422, false]);
    expect(await mailsTo(server, person.email)).toHaveLength(1);
  });

  test('that was used five times at a time counts once', async () => {
    const agent = agentOf();
    const form = await agent.browse('/create-account');
    const solution = solve(challengeIn(form.body));
    const pages = await Promise.all(
      Array.from({ length: 5 }, () => agent.submit(form, 'create-submit', { ...person, solution })),
    );
    expect(pages.filter(({ status }) => status === 422)).toHaveLength(4);
    expect(await mailsTo(server, person.email)).toHaveLength(1);
  });

  test('is asked anew where none was solved, where it was for another form, and when it is late', async () => {
    const agent = agentOf();
    const form = await agent.browse('/create-account');
    const fill = (solution?: string) =>
      agent.submit(form, 'create-submit', { ...person, ...(solution && { solution }) });

    const without = await fill();
    expect(without.status).toBe(422);
    expect(without.body).toContain('It could not be made sure that a person sent this.');
    expect(challengeIn(without.body)).not.toBe(challengeIn(form.body));

    const other = await agentOf().browse('/create-account');
    expect((await fill(solve(challengeIn(other.body)))).status).toBe(422);
    const late = solve(challengeIn(form.body));
    clock.advance(1801);
    expect((await agent.submit(form, 'create-submit', { ...person, solution: late })).status).toBe(
      422,
    );
    expect(await mailsTo(server, person.email)).toEqual([]);
  });

  test('is asked of whoever wants a new password, and is no one else’s', async () => {
    await createPerson(server, ALICE);
    const agent = agentOf();
    const form = await agent.open('/recovery');
    const ask = (solution: string) =>
      agent.submit(form, 'recovery-submit', { login: ALICE.login, solution });

    const without = await ask('');
    expect([without.status, without.body.includes('value="alice"')]).toEqual([422, true]);
    const others = solve(challengeIn((await agentOf().open('/recovery')).body));
    expect((await ask(others)).status).toBe(422);
    expect(await mailsTo(server, 'alice@example.com')).toEqual([]);

    const solution = solve(challengeIn(form.body));
    expect((await ask(solution)).url).toMatch(/\/recovery\/sent$/);
    expect((await ask(solution)).status).toBe(422);
    expect(await mailsTo(server, 'alice@example.com')).toHaveLength(1);
  });

  test('is asked of whoever wants a mail to sign in by, on a page of its own, each time', async () => {
    const { address } = await verifiedPerson(server, 'alice');
    const agent = agentOf();
    const begun = await atLogin(server, {}, agent);
    const asked = await askForMail(begun, 'alice');
    expect([asked.status, await mailsTo(server, address)]).toEqual([200, []]);

    const solution = solve(challengeIn(asked.body));
    const wrong = await agent.submit(asked, 'mail-code-submit', { solution: `${solution}9` });
    expect([wrong.status, wrong.body.includes('mail-code-fault')]).toEqual([422, true]);
    const waiting = await agent.submit(asked, 'mail-code-submit', { solution });
    expect(waiting.url).toMatch(/\/mailed-code$/);
    expect(await mailsTo(server, address)).toHaveLength(1);

    const again = await agent.submit(waiting, 'code-resend');
    expect(again.body).toContain('id="mail-code-submit"');
    expect(await mailsTo(server, address)).toHaveLength(1);
    const code = codeIn(await newestMailTo(server, address));
    expect(isIn(await typeCode({ agent, waiting }, code))).toBe(true);
  });

  test('is told of to browsers without scripts, and needs nothing that the policy forbids', async () => {
    const { body, headers } = await agentOf().browse('/create-account');
    expect(body).toContain('id="guard-no-script"');
    expect(body).toMatch(/<script src="\/assets\/proof-of-work-\w+\.js" defer>/);
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
  });
});

describe('a captcha', () => {
  const asked: URLSearchParams[] = [];
  let service: Server;
  let verdict: string;
  let directory: string;

  beforeEach(async () => {
    asked.length = 0;
    verdict = '{"success":true}';
    service = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => {
        asked.push(new URLSearchParams(body));
        response.end(verdict);
      });
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    directory = mkdtempSync(join(tmpdir(), 'latchkey-captcha-'));
    writeFileSync(join(directory, 'secret'), 'the-secret\n');
    server = await startServer({
      BOT_GUARD: 'captcha',
      CAPTCHA_SCRIPT_URL: 'https://captcha.example/api.js',
      CAPTCHA_SOURCES: 'https://*.captcha.example',
      CAPTCHA_VERIFY_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}/siteverify`,
      CAPTCHA_SITE_KEY: 'the-site-key',
      CAPTCHA_SECRET_FILE: join(directory, 'secret'),
      INSECURE_PRIVATE_ADDRESSES: 'true',
    });
  });

  afterEach(() => {
    service.closeAllConnections();
    service.close();
    rmSync(directory, { recursive: true });
  });

  test.each(['cf-turnstile-response', 'h-captcha-response', 'g-recaptcha-response'])(
    'that was passed lets the form pass: %s',
    async (field) => {
      const agent = agentOf();
      const form = await agent.browse('/create-account');
      expect(form.body).toContain('data-sitekey="the-site-key"');
      const page = await agent.submit(form, 'create-submit', { ...person, [field]: 'an-answer' });
      expect(passed(page)).toBe(true);
      expect(asked.map((one) => Object.fromEntries(one))).toEqual([
        { secret: 'the-secret', response: 'an-answer', remoteip: '127.0.0.1' },
      ]);
    },
  );

  test.each([
    '{"success":false}',
    '{}',
    'no JSON',
    '{"success":"true"}',
    `{"x":"${'x'.repeat(70_000)}"}`,
  ])('that answers anything but success lets nobody pass (%#)', async (answer) => {
    verdict = answer;
    const agent = agentOf();
    const form = await agent.browse('/create-account');
    const fields = { ...person, 'h-captcha-response': 'an-answer' };
    expect((await agent.submit(form, 'create-submit', fields)).status).toBe(422);
    expect(await mailsTo(server, person.email)).toEqual([]);
    // Attack 42: neither what the service knows us by nor the answer is told.
    expect(server.log.join('')).not.toMatch(/the-secret|an-answer/);
  });

  test('that was not answered is not asked about', async () => {
    const agent = agentOf();
    const form = await agent.browse('/create-account');
    expect((await agent.submit(form, 'create-submit', person)).status).toBe(422);
    expect(asked).toEqual([]);
  });

  test('may be loaded by the pages that show it, and by no other', async () => {
    const agent = agentOf();
    const form = await agent.browse('/create-account');
    const sources = 'https://captcha.example https://*.captcha.example';
    for (const { headers } of [form, await agent.open('/recovery')]) {
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain(`script-src 'self' ${sources};`);
      expect(policy).toContain(`frame-src ${sources}`);
    }
    for (const path of [form.url.replace(/create$/, 'login'), '/'])
      expect((await agent.open(path)).headers.get('content-security-policy')).not.toContain(
        'captcha.example',
      );
  });
});
