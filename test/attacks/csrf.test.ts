// Attack 22: forms that another site sends in the name of the victim, on every form there is.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { issueLink } from '../../src/identity/one-time-links/one-time-links.ts';
import type { User } from '../../src/identity/users/users.ts';
import { type Agent, createAgent, formOf, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { bearer, get, postForm } from '../support/http.ts';
import { registrationForms } from '../support/registration-forms.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn, tokenRequest } from '../support/victims.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' });
  await createPerson(server, ALICE);
});

afterAll(() => server.close());

const newcomer = () => ({ ...ALICE, login: `person-${randomUUID()}` });
const linkTo = ({ id, email }: User, purpose: 'reset-password' | 'verify-email') => ({
  userId: id,
  email: email ?? '',
  purpose,
  seconds: 3600,
});

interface Form {
  agent: Agent;
  action: string;
  fields: Record<string, string | string[]>;
  /** The name of the field that holds the token. */
  token: 'csrf' | 'xsrf';
  /** Whether what the form is for has happened. */
  happened(): Promise<boolean>;
}

async function atLogin(agent = createAgent(server.issuer)) {
  const { id } = await createTestClient(server, 'spa');
  const { url } = await authorizationRequest(await relyingParty(server.issuer, id));
  return { id, agent, page: await agent.browse(url.href) };
}

const audited = (type: string, clientId: string) =>
  server.services.db.auditEvent.count({ where: { type, clientId } });
/** How many codes were looked up and not found; what is no form is not among them. */
const wrongUserCodes = async () => {
  const events = await server.services.db.auditEvent.findMany({
    where: { type: 'device.code_refused' },
  });
  return events.filter(({ detail }) => !JSON.stringify(detail).includes('invalid_request')).length;
};
const formIn = (page: Page, button: string) => formOf(page.body, button);

const FORMS: Record<string, () => Promise<Form>> = {
  async login() {
    const { agent, page } = await atLogin();
    const { action, fields } = formIn(page, 'login-submit');
    const before = await server.services.db.auditEvent.count({
      where: { type: 'sign_in.succeeded' },
    });
    const happened = async () =>
      (await server.services.db.auditEvent.count({ where: { type: 'sign_in.succeeded' } })) >
      before;
    return { agent, action, fields: { ...fields, ...ALICE }, token: 'csrf', happened };
  },
  async consent() {
    const { agent, page, id } = await atLogin();
    const { action, fields } = formIn(
      await agent.submit(page, 'login-submit', { ...ALICE }),
      'consent-allow',
    );
    const happened = async () => (await audited('consent.granted', id)) > 0;
    return { agent, action, fields, token: 'csrf', happened };
  },
  async 'change of account'() {
    const { agent, page } = await atLogin();
    const consent = await agent.submit(page, 'login-submit', { ...ALICE });
    const { action, fields } = formIn(consent, 'consent-switch');
    const happened = async () =>
      !(await agent.open(consent.url)).body.includes('id="consent-allow"');
    return { agent, action, fields, token: 'csrf', happened };
  },
  async cancellation() {
    const { agent, page, id } = await atLogin();
    const { action, fields } = formIn(page, 'login-cancel');
    const happened = async () => (await audited('consent.denied', id)) > 0;
    return { agent, action, fields, token: 'csrf', happened };
  },
  async logout() {
    const { agent, party, accessToken } = await signedIn(server);
    const page = await agent.browse(oidc.buildEndSessionUrl(party).href);
    const { action, fields } = formIn(page, 'logout-confirm');
    const happened = async () =>
      (await get(`${server.issuer}/userinfo`, bearer(accessToken))).status === 401;
    return { agent, action, fields, token: 'xsrf', happened };
  },
  async device() {
    const { id } = await createTestClient(server, 'device');
    const { json } = await postForm(`${server.issuer}/device_authorization`, {
      client_id: id,
      scope: 'openid',
    });
    const { agent } = await signedIn(server);
    const typed = { user_code: json['user_code'] ?? '' };
    const { action, fields } = formIn(
      await agent.submit(await agent.browse('/device'), 'device-continue', typed),
      'device-confirm',
    );
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const poll = { grant_type, client_id: id, device_code: json['device_code'] ?? '' };
    const happened = async () => {
      const again = formIn(await agent.browse('/device'), 'device-continue');
      const page = await agent.open(again.action, { ...again.fields, ...typed });
      const { json: answer } = await tokenRequest(server, poll);
      return answer['error'] !== 'authorization_pending' || !page.body.includes('device-confirm');
    };
    return { agent, action, fields, token: 'xsrf', happened };
  },
  async 'device code'() {
    const agent = createAgent(server.issuer);
    const { action, fields } = formIn(await agent.browse('/device'), 'device-continue');
    const before = await wrongUserCodes();
    const happened = async () => (await wrongUserCodes()) > before;
    const user_code = 'BCDF-GHJK';
    return { agent, action, fields: { ...fields, user_code }, token: 'xsrf', happened };
  },
  async recovery() {
    const agent = createAgent(server.issuer);
    const { action, fields } = formIn(await agent.open('/recovery'), 'recovery-submit');
    const requests = () =>
      server.services.db.auditEvent.count({ where: { type: 'user.recovery_requested' } });
    const before = await requests();
    const happened = async () => (await requests()) > before;
    return { agent, action, fields: { ...fields, login: 'nobody' }, token: 'csrf', happened };
  },
  async 'new password'() {
    const agent = createAgent(server.issuer);
    const user = await createPerson(server, newcomer());
    const purpose = 'reset-password';
    const { token } = await issueLink(server.services.db, server.services, linkTo(user, purpose));
    const page = await agent.open(`/recovery/${token}`);
    const { action, fields } = formIn(page, 'new-password-submit');
    const chosen = {
      password: 'a password of the attacker',
      passwordAgain: 'a password of the attacker',
    };
    const where = { type: 'user.password_set', targetId: user.id };
    const happened = async () => (await server.services.db.auditEvent.count({ where })) > 0;
    return { agent, action, fields: { ...fields, ...chosen }, token: 'csrf', happened };
  },
  async 'address verification'() {
    const agent = createAgent(server.issuer);
    const user = await createPerson(server, newcomer());
    const purpose = 'verify-email';
    const { token } = await issueLink(server.services.db, server.services, linkTo(user, purpose));
    const page = await agent.open(`/verify-email/${token}`);
    const { action, fields } = formIn(page, 'verify-email-submit');
    const where = { type: 'user.email_verified', targetId: user.id };
    const happened = async () => (await server.services.db.auditEvent.count({ where })) > 0;
    return { agent, action, fields, token: 'csrf', happened };
  },
  ...registrationForms(() => server),
  async setup() {
    const agent = createAgent(server.issuer);
    const { action, fields } = formIn(await agent.browse(server.setupUrl ?? ''), 'setup-submit');
    const password = 'a password of the attacker';
    const happened = async () =>
      (await server.services.db.user.count({ where: { login: 'root' } })) > 0;
    return {
      agent,
      action,
      fields: {
        ...fields,
        name: 'Root',
        email: 'root@example.com',
        login: 'root',
        password,
        passwordAgain: password,
      },
      token: 'csrf',
      happened,
    };
  },
};

interface Sent {
  headers?: Record<string, string>;
  body?: string;
  method?: string;
  query?: string;
}

/** Sends it with the cookies of the victim's browser. */
async function send(
  { agent, action }: Form,
  { headers = {}, body, method = 'POST', query = '' }: Sent,
) {
  const cookie = agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const url = new URL(action, server.issuer);
  for (const [name, value] of new URLSearchParams(query)) url.searchParams.append(name, value);
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      accept: 'text/html',
      cookie,
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
  await answer.arrayBuffer();
  return answer;
}

const encoded = ({ fields }: Pick<Form, 'fields'>) => {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    for (const one of [value].flat()) body.append(name, one);
  return body.toString();
};

const withToken = (form: Form, token: string | undefined) => {
  const { [form.token]: _, ...fields } = form.fields;
  return encoded({ fields: { ...fields, ...(token !== undefined && { [form.token]: token }) } });
};

const ATTEMPTS: Record<string, (form: Form, otherToken: string) => Sent> = {
  'from another site': (form) => ({
    body: encoded(form),
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  }),
  'from another site of the same domain': (form) => ({
    body: encoded(form),
    headers: { 'sec-fetch-site': 'same-site' },
  }),
  'from a sandboxed frame': (form) => ({ body: encoded(form), headers: { origin: 'null' } }),
  'from another port': (form) => ({
    body: encoded(form),
    headers: { origin: server.issuer.replace(/\d+$/, '1') },
  }),
  'without a token': (form) => ({ body: withToken(form, undefined) }),
  'with an empty token': (form) => ({ body: withToken(form, '') }),
  'with a token that is nearly right': (form) => ({
    body: withToken(form, `${[form.fields[form.token]].flat()[0]?.slice(0, -1)}`),
  }),
  'with the token of another browser': (form, other) => ({ body: withToken(form, other) }),
  'as plain text': (form) => ({ body: encoded(form), headers: { 'content-type': 'text/plain' } }),
  'as JSON in plain text': (form) => ({
    body: JSON.stringify(form.fields),
    headers: { 'content-type': 'text/plain' },
  }),
  'as JSON': (form) => ({
    body: JSON.stringify(form.fields),
    headers: { 'content-type': 'application/json' },
  }),
  'as multipart': (form) => ({
    body: encoded(form),
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  }),
  'in the query': (form) => ({ query: encoded(form), body: '' }),
  'as a GET': (form) => ({ method: 'GET', query: encoded(form) }),
  'as a GET that says it is a POST': (form) => ({
    method: 'GET',
    query: `${encoded(form)}&_method=POST`,
    headers: { 'x-http-method-override': 'POST' },
  }),
  'as a PUT': (form) => ({ method: 'PUT', body: encoded(form) }),
};

describe.each(Object.entries(FORMS))('attack 22: the %s form', (name, make) => {
  test.each(Object.entries(ATTEMPTS))(`attack 22: ${name}, %s`, async (_, attempt) => {
    const form = await make();
    const other = await FORMS[name]?.();
    const sent = attempt(form, String(other?.fields[form.token]));

    const { status, headers } = await send(form, sent);

    // What is no POST is shown a page or led to the first one, and nothing changes.
    const isLedBack = sent.method !== undefined && headers.get('location') === '/device';
    const isHarmless = isLedBack || (sent.method === 'GET' && status < 400);
    expect(isHarmless || (status >= 400 && status < 500)).toBe(true);
    expect(isLedBack || headers.get('location') === null).toBe(true);
    expect(await form.happened()).toBe(false);
  });

  // Last: of the setup form there is only one.
  test(`attack 22: ${name}, as it was meant`, async () => {
    const form = await make();
    const { status } = await send(form, {
      body: encoded(form),
      headers: { origin: server.issuer, 'sec-fetch-site': 'same-origin' },
    });
    expect(status).toBeLessThan(400);
    expect(await form.happened()).toBe(true);
  });
});

test('attack 22: what was forged is on record', async () => {
  for (const name of ['login', 'logout', 'device']) {
    const form = await FORMS[name]?.();
    if (!form) throw new Error('no form');
    const headers = { origin: 'https://evil.example' };
    const answer = await send(form, { body: encoded(form), headers });
    const where = { type: 'request.forged', requestId: answer.headers.get('x-request-id') };
    expect(await server.services.db.auditEvent.count({ where })).toBe(1);
  }
});

test('attack 22: a form of the provider with another’s token is on record as forged too', async () => {
  for (const name of ['logout', 'device', 'device code']) {
    const form = await FORMS[name]?.();
    if (!form) throw new Error('no form');
    const answer = await send(form, { body: withToken(form, 'x'.repeat(48)) });
    const where = { type: 'request.forged', requestId: answer.headers.get('x-request-id') };
    expect([name, await server.services.db.auditEvent.count({ where })]).toEqual([name, 1]);
  }
});

test('attack 22: the token of the attacker’s own browser, planted with its cookie, does not pass from another site', async () => {
  const mallory = createAgent(server.issuer);
  await atLogin(mallory);
  const victim = await atLogin();
  const planted = mallory.cookies.find(({ name }) => name === 'latchkey_csrf');
  const { fields: theirs } = formOf((await atLogin(mallory)).page.body, 'login-submit');
  victim.agent.cookies.splice(
    0,
    victim.agent.cookies.length,
    ...victim.agent.cookies.filter(({ name }) => name !== 'latchkey_csrf'),
    ...(planted ? [planted] : []),
  );
  const { action } = formOf(victim.page.body, 'login-submit');
  const form = {
    agent: victim.agent,
    action,
    fields: { ...theirs, login: 'mallory', password: 'x' },
  };
  const { status } = await send(
    { ...form, token: 'csrf', happened: async () => false },
    { body: encoded(form), headers: { origin: 'https://evil.example' } },
  );
  expect(status).toBe(403);
});
