// The account's pages with ordinary data and with data that hurts.
import { openAssets } from '../../src/http/asset-routes.ts';
import type {
  AccountViews,
  AppCard,
  PasskeyCard,
  SecurityCard,
  SessionCard,
} from '../../src/http/account-views.ts';

const csrf = '3q2-7wXvB0mS';
const moment = { at: '2026-01-31T12:00:00.000Z', shownAt: 'January 31, 2026 at 12:00 PM (UTC)' };
const here: SessionCard = {
  id: 'session-a',
  browser: 'Firefox on Windows',
  address: '203.0.113.7',
  signedIn: moment,
  lastUsed: moment,
  current: true,
  action: '/account/sessions/a/revocation',
};
const elsewhere: SessionCard = {
  ...here,
  id: 'session-b',
  browser: 'Safari on iPhone',
  address: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
  current: false,
  action: '/account/sessions/b/revocation',
};
const phone: PasskeyCard = {
  id: 'passkey-a',
  name: 'iCloud Keychain',
  title: 'iCloud Keychain',
  synced: true,
  added: moment,
  lastUsed: moment,
  renameAction: '/account/passkeys/a/name',
  removeAction: '/account/passkeys/a/removal',
};
const { lastUsed: _, ...unused } = phone;
const key: PasskeyCard = {
  ...unused,
  id: 'passkey-b',
  name: 'YubiKey 5 NFC, the one on the ring with the key of the bicycle shed',
  title: 'YubiKey 5 NFC, the one on the ring with the key of the bicycle shed',
  synced: false,
};
const passkeys: AccountViews['account/passkeys'] = {
  action: '/account/passkeys',
  options: '/account/passkeys/options',
  csrf,
  passkeys: [phone, key],
};
const notes: AppCard = {
  id: 'app-a',
  name: 'Acme Notes',
  permissions: [
    { title: 'Your account', labels: ['Recognise you', 'See your email address'] },
    { title: 'Orders API', labels: ['See your orders'] },
  ],
  since: moment,
  lastUsed: moment,
  action: '/account/apps/a/revocation',
};
const long =
  'The Municipal Library and Archives Reading Room Reservation and Inter-Branch Loan Coordination Portal (staging)';
const deletion = {
  action: '/account/delete',
  csrf,
  login: 'alice',
  wait: '14 days',
  typed: '',
};
const email = { change: '/account/email', newEmail: '' };
const password: AccountViews['account/password'] = {
  action: '/account/password',
  csrf,
  login: 'alice',
  isFirst: false,
  faults: {},
  endOthers: true,
  minPasswordCharacters: 15,
};
const profile: AccountViews['account/profile'] = {
  action: '/account/profile',
  csrf,
  login: 'alice',
  email: 'alice@acme.example',
  picture: {
    action: '/account/profile/picture',
    removal: '/account/profile/picture/removal',
    shown: openAssets().urlOf('latchkey.svg'),
  },
  name: 'Alice Liddell',
  languages: [
    { locale: 'en', name: 'English', chosen: false },
    { locale: 'ar', name: 'العربية', chosen: true },
  ],
  details: {
    given_name: 'Alice',
    family_name: 'Liddell',
    middle_name: '',
    nickname: '',
    profile: 'https://alice.example/',
    website: '',
    gender: '',
    birthdate: '0000-05-04',
    zoneinfo: 'Europe/London',
    phone_number: '+441865276150',
    street_address: 'Christ Church',
    locality: 'Oxford',
    region: '',
    postal_code: 'OX1 1DP',
    country: 'United Kingdom',
  },
  timeZones: [
    { name: 'Europe/Berlin', chosen: false },
    { name: 'Europe/London', chosen: true },
  ],
  faults: {},
};

const sessions = {
  action: '/account/sessions/revocation',
  forgetAllAction: '/account/sessions/browsers/revocation',
  csrf,
};
const remembered = {
  id: 'browser-0199f3c1',
  browser: 'Firefox on Windows',
  address: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
  since: moment,
  lastUsed: moment,
  until: moment,
  action: '/account/sessions/browsers/0199f3c1/revocation',
};
const security: SecurityCard = {
  password: `Since ${moment.shownAt}`,
  authenticator: `Since ${moment.shownAt}`,
  passkeys: '2 passkeys',
  recoveryCodes: '8 codes left',
  fewCodes: false,
};
const setUp: AccountViews['account/authenticator-set-up'] = {
  action: '/account/authenticator',
  csrf,
  occasion: 'V1StGXR8Z5jdHi6BmyT',
  qrCode: '/account/authenticator/qr-code',
  key: 'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP',
  replaces: false,
};
const recoveryCodes = { action: '/account/recovery-codes', csrf, few: false };

export const ACCOUNT_SAMPLES: {
  [Name in keyof AccountViews]: Record<string, AccountViews[Name]>;
} = {
  'account/overview': {
    usual: {
      name: 'Alice Liddell',
      login: 'alice',
      email: 'alice@acme.example',
      signedIn: moment,
      sessions: 2,
      apps: 3,
      security,
    },
    unreachable: {
      name: 'alice',
      login: 'alice',
      email: '',
      signedIn: moment,
      sessions: 1,
      apps: 1,
      security: { ...security, recoveryCodes: '1 code left', fewCodes: true },
    },
    long: {
      name: 'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Hubert Blaine',
      login: 'hubert.blaine.wolfeschlegelsteinhausenbergerdorff@staff.municipal-library.example',
      email: 'hubert.blaine.wolfeschlegelsteinhausenbergerdorff@staff.municipal-library.example',
      signedIn: moment,
      sessions: 1,
      apps: 0,
      security: {
        password: 'Not set',
        authenticator: 'Not set up',
        passkeys: '0 passkeys',
        recoveryCodes: '',
        fewCodes: false,
      },
    },
  },
  'account/profile': {
    usual: profile,
    fault: {
      ...profile,
      faults: {
        name: 'A name has no control characters and at most 200 characters.',
        birthdate: 'A date of birth is written as 1990-12-31, or as a year alone.',
        picture: 'This picture is too large: 5 MB at most.',
      },
    },
  },
  'account/email': {
    usual: { csrf, email: 'alice@acme.example', verified: true, forms: email, faults: {} },
    pending: {
      csrf,
      email: 'alice@acme.example',
      verified: false,
      forms: {
        ...email,
        verification: {
          send: '/account/email/verification',
          code: '/account/email/verification/code',
          isSent: true,
        },
        pending: {
          newEmail: 'alice@acme.example.org',
          waitingFor: ['alice@acme.example.org', 'alice@acme.example'],
          expires: moment,
          cancel: '/account/email/cancellation',
        },
        newEmail: 'alice',
      },
      faults: { email: 'This is not an email address.' },
    },
    unreachable: { csrf, email: '', verified: false, faults: {} },
  },
  'account/password': {
    usual: password,
    first: { ...password, isFirst: true },
    faults: {
      ...password,
      endOthers: false,
      faults: {
        current: 'This is not your present password.',
        passwordAgain: 'This is not the same password.',
      },
    },
  },
  'account/password-done': { usual: { endedOthers: true }, kept: { endedOthers: false } },
  'account/passkeys': {
    usual: passkeys,
    empty: { ...passkeys, passkeys: [] },
    refused: { ...passkeys, fault: 'This passkey is in use here already.' },
    fault: {
      ...passkeys,
      passkeys: [
        { ...phone, name: '', fault: 'A name has between 1 and 60 characters.' },
        { ...key, name: 'مفتاح الدراجة', title: 'مفتاح الدراجة' },
      ],
    },
  },
  'account/passkey-added': {
    usual: { back: '/account/passkeys', codes: Array(10).fill('abcd-efgh-ijkl-2345') },
  },
  'account/authenticator': { usual: { since: moment, codesLeft: 8 } },
  'account/authenticator-set-up': {
    usual: setUp,
    replacement: { ...setUp, replaces: true },
    fault: { ...setUp, fault: 'This code is not right, or it was used before.' },
  },
  'account/authenticator-removal': {
    usual: {
      action: '/account/authenticator/removal',
      csrf,
      back: '/account/authenticator',
      passkeyStays: false,
    },
    passkey: {
      action: '/account/authenticator/removal',
      csrf,
      back: '/account/authenticator',
      passkeyStays: true,
    },
  },
  'account/recovery-codes': {
    usual: { ...recoveryCodes, left: 8 },
    few: { ...recoveryCodes, left: 0, few: true },
    none: { ...recoveryCodes, left: undefined },
  },
  'account/new-recovery-codes': {
    usual: {
      action: '/account/recovery-codes/file',
      csrf,
      codes: Array.from({ length: 10 }, (_code, i) => `abcd-efgh-ijkl-mn${(i % 5) + 2}p`),
      done: '/account',
    },
  },
  'account/sessions': {
    usual: { ...sessions, sessions: [here, elsewhere], browsers: [remembered] },
    one: { ...sessions, sessions: [here], browsers: [] },
  },
  'account/apps': {
    usual: { csrf, apps: [notes, { ...notes, id: 'app-b', name: 'دفتر الملاحظات Notes' }] },
    long: { csrf, apps: [{ ...notes, name: long, permissions: [] }] },
    empty: { csrf, apps: [] },
  },
  'account/security': {
    usual: {
      lines: [
        { words: 'You signed in', detail: '203.0.113.7', moment },
        { words: 'You allowed an application access', detail: `${long} · 203.0.113.7`, moment },
        { words: 'Your account was made', detail: '', moment },
      ],
      older: '/account/security?at=2026-01-31T12:00:00.000Z&id=0199f3c1',
    },
    end: { lines: [] },
  },
  'account/delete': {
    usual: deletion,
    fault: { ...deletion, typed: 'bob', fault: 'This is not your username.' },
    obstacle: { ...deletion, obstacle: 'You answer for client Acme Notes (notes).' },
  },
  'account/delete-done': { usual: { wait: '14 days' } },
  'account/data': { usual: { action: '/account/data/export', csrf } },
};
