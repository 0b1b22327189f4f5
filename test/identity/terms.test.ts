// Which version of the terms a person accepted.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { acceptTerms, listAcceptedTerms, needsTerms } from '../../src/identity/terms/terms.ts';
import { transact } from '../../src/storage/database.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const TERMS = { TERMS_URL: 'https://acme.example/terms', TERMS_VERSION: '2026-11-25' };
const FACTS = { requestId: 'request-1', address: '192.0.2.1' };

let server: TestServer;
let userId: string;

beforeAll(async () => {
  server = await startServer(TERMS);
  ({ id: userId } = await createPerson(server, ALICE));
});

afterAll(() => server.close());

const accept = (version: string) =>
  transact(server.services.db, (tx) =>
    acceptTerms(tx, server.services, { userId, version, facts: FACTS }),
  );
const needs = (more: object = {}) => {
  const { db, config } = server.services;
  return needsTerms({ db, config: { ...config, ...more } }, userId);
};
const events = () =>
  server.services.db.auditEvent.findMany({
    where: { type: 'terms.accepted', targetId: userId },
    select: { detail: true, address: true },
  });

test('terms are accepted once, on record, and asked for anew in another version', async () => {
  expect([await needs(), await needs({ termsVersion: undefined })]).toEqual([true, false]);

  const outcomes = await Promise.allSettled([accept('2026-11-25'), accept('2026-11-25')]);

  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { refusal: 'conflict', code: 'terms_accepted' },
  });
  expect([await needs(), await needs({ termsVersion: '2027-01-01' })]).toEqual([false, true]);
  expect(await events()).toEqual([{ detail: { version: '2026-11-25' }, address: '192.0.2.1' }]);

  await accept('2027-01-01');
  const accepted = await listAcceptedTerms(server.services, userId);
  expect(accepted.map(({ version }) => version).toSorted()).toEqual(['2026-11-25', '2027-01-01']);
});

test('what a person accepted ends with them', async () => {
  await server.services.db.user.delete({ where: { id: userId } });
  expect(await listAcceptedTerms(server.services, userId)).toEqual([]);
});
