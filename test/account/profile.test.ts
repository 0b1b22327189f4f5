// What a person tells of themselves, from the form to the applications that they allow to see it.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAgent, formOf } from '../support/agent.ts';
import { bearer, get } from '../support/http.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

let server: TestServer;
let names = 0;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' });
});

afterAll(() => server.close());

async function atProfile() {
  const login = `alice${++names}`;
  const { id } = await createPerson(server, { ...ALICE, login });
  const agent = createAgent(server.issuer);
  const signIn = await agent.browse('/account/profile');
  const page = await agent.submit(signIn, 'login-submit', { login, password: ALICE.password });
  return { agent, page, person: { ...ALICE, login, id } };
}

/** A client that may ask for everything. */
const ALL = { scope: 'openid profile email address phone offline_access' };

const DETAILS = {
  given_name: 'Alice',
  family_name: 'Liddell',
  birthdate: '0000-05-04',
  website: 'https://alice.example/',
  zoneinfo: 'Europe/London',
  phone_number: '+44 1865 276150',
  street_address: 'Christ Church',
  locality: 'Oxford',
  country: 'United Kingdom',
};

const userinfo = async (token: string) =>
  (await get(`${server.issuer}/userinfo`, bearer(token))).json as unknown as Record<
    string,
    unknown
  >;

test('what is saved is told by scope, and by no other', async () => {
  const { agent, page, person } = await atProfile();
  const saved = await agent.submit(page, 'profile-submit', DETAILS);
  expect(saved.body).toContain('value="Liddell"');
  expect(saved.body).toContain('value="+441865276150"');
  const told = async (scope: string) =>
    userinfo((await signedIn(server, { person, client: ALL, parameters: { scope } })).accessToken);

  const plain = await told('openid');
  expect(Object.keys(plain)).toEqual(['sub']);
  const profile = await told('openid profile');
  expect(profile).toMatchObject({
    given_name: 'Alice',
    family_name: 'Liddell',
    birthdate: '0000-05-04',
    website: 'https://alice.example/',
    zoneinfo: 'Europe/London',
    preferred_username: person.login,
  });
  expect(profile).not.toHaveProperty('address');
  expect(profile).not.toHaveProperty('phone_number');
  expect(await told('openid address phone')).toEqual({
    sub: person.id,
    phone_number: '+441865276150',
    phone_number_verified: false,
    address: {
      formatted: 'Christ Church\nOxford\nUnited Kingdom',
      street_address: 'Christ Church',
      locality: 'Oxford',
      country: 'United Kingdom',
    },
  });
});

test('an ID token tells nothing of it, and discovery what there is', async () => {
  const { agent, page, person } = await atProfile();
  await agent.submit(page, 'profile-submit', DETAILS);
  const app = await signedIn(server, {
    person,
    client: ALL,
    parameters: { scope: 'openid profile phone address' },
  });
  const claims = JSON.parse(
    Buffer.from(app.idToken.split('.')[1] ?? '', 'base64url').toString(),
  ) as Record<string, unknown>;
  expect(claims).not.toHaveProperty('given_name');
  expect(claims).not.toHaveProperty('phone_number');
  const { json } = await get(`${server.issuer}/.well-known/openid-configuration`);
  expect(json['scopes_supported']).toEqual(expect.arrayContaining(['address', 'phone']));
  expect(json['claims_supported']).toEqual(
    expect.arrayContaining(['given_name', 'picture', 'address', 'phone_number_verified']),
  );
});

test('what is emptied is gone, what is not sent stays, and each change is one event', async () => {
  const { agent, page, person } = await atProfile();
  await agent.submit(page, 'profile-submit', DETAILS);
  await agent.submit(page, 'profile-submit', DETAILS);
  const { action, fields } = formOf(page.body, 'profile-submit');
  await agent.browse(action, { csrf: fields['csrf'] ?? '', name: 'Alice', family_name: '' });

  const kept = await server.services.db.userProfile.findUnique({ where: { userId: person.id } });
  expect(kept).toMatchObject({ givenName: 'Alice', familyName: null, locality: 'Oxford' });
  const events = await server.services.db.auditEvent.findMany({
    where: { type: 'user.updated', actorId: person.id },
    orderBy: { at: 'asc' },
  });
  expect(events.map(({ detail }) => detail)).toEqual([
    { field: Object.keys(DETAILS).join(' ').replace('birthdate website', 'website birthdate') },
    { field: 'name family_name' },
  ]);
});

test('every fault is told at once beside its field, and nothing is changed', async () => {
  const { agent, page, person } = await atProfile();
  const refused = await agent.submit(page, 'profile-submit', {
    ...DETAILS,
    website: 'javascript:alert(1)',
    birthdate: 'yesterday',
  });
  expect(refused.status).toBe(422);
  expect(refused.body).toContain('id="website-fault"');
  expect(refused.body).toContain('id="birthdate-fault"');
  expect(refused.body).toContain('value="yesterday"');
  expect(
    await server.services.db.userProfile.findUnique({ where: { userId: person.id } }),
  ).toBeNull();
});

test('the export holds it', async () => {
  const { agent, page } = await atProfile();
  await agent.submit(page, 'profile-submit', DETAILS);
  const file = await agent.submit(await agent.browse('/account/data'), 'data-export');
  expect(JSON.parse(file.body).profile).toMatchObject({
    given_name: 'Alice',
    phone_number_verified: false,
  });
});

test('attack 38: the form changes no field that is not the person’s', async () => {
  const { agent, page, person } = await atProfile();
  await agent.submit(page, 'profile-submit', {
    ...DETAILS,
    administrator: 'true',
    email: 'mallory@example.com',
    email_verified: 'true',
    emailVerified: 'true',
    phone_number_verified: 'true',
    login: 'root',
    id: 'x',
    userId: 'x',
    user_id: 'x',
    picture: 'https://evil.example/x.svg',
    deletionDueAt: '2020-01-01',
    hasProfile: 'false',
    disabledAt: '',
  });
  const { db } = server.services;
  expect(await db.user.findUniqueOrThrow({ where: { id: person.id } })).toMatchObject({
    administrator: false,
    email: `${person.login}@example.com`,
    emailVerified: false,
    login: person.login,
    deletionDueAt: null,
    hasProfile: true,
  });
});

test('attack 35: markup in what a person tells stays text', async () => {
  const { agent, page } = await atProfile();
  const hurtful = '"><script>alert(1)</script>';
  const saved = await agent.submit(page, 'profile-submit', {
    ...DETAILS,
    name: hurtful,
    given_name: hurtful,
    country: hurtful,
    gender: '" onfocus="alert(1)',
    website: 'https://alice.example/"><script>alert(1)</script>',
  });
  for (const body of [saved.body, (await agent.browse('/account')).body]) {
    expect(body).not.toContain('<script>alert');
    expect(body).not.toContain('onfocus="');
  }
});
