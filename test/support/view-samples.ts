// Every page with ordinary data and with data that hurts: what the preview shows and the tests of the views use.
import type { PlaygroundViews } from '../../src/http/playground-views.ts';
import {
  type ClientCard,
  type PermissionGroup,
  type PermissionItem,
  type SafeUrl,
  safeUrl,
  type Views,
} from '../../src/http/views.ts';
import { ACCOUNT_SAMPLES } from './account-samples.ts';
import { PLAYGROUND_SAMPLES } from './playground-samples.ts';
import { RECOVERY_SAMPLES } from './recovery-samples.ts';
import { REGISTRATION_SAMPLES } from './registration-samples.ts';
import { requiredActionSamples } from './required-action-samples.ts';
import { signInSamples } from './sign-in-samples.ts';

/** The playground is looked at in its own tests. */
export type SampledView = Exclude<keyof Views, keyof PlaygroundViews>;

type Samples = { [Name in SampledView]: Record<string, Views[Name]> };

const action = '/interaction/V1StGXR8Z5jdHi6BmyT';
const form = { action, csrf: '3q2-7wXvB0mS' };
const recovery = '/recovery?interaction=V1StGXR8Z5jdHi6BmyT';
const passkey = { action: `${action}/passkey`, options: `${action}/passkey-options` };
const register = `${action}/create`;
const flow = { ...form, cancelAction: `${action}/cancellation`, recovery };
const signIn = { ...flow, passkey, register };
const login = { ...signIn, identifierFirst: false, mailCode: `${action}/mail-code` };
const switching = {
  switchAction: `${action}/switch`,
  account: { name: 'Alice Liddell', login: 'alice' },
};
const asked = {
  ...flow,
  ...switching,
  hasApp: true,
  otherWay: `${action}/recovery-code`,
};
const choosing = {
  ...form,
  removeAction: `${action}/select-account/removal`,
  cancelAction: `${action}/cancellation`,
  other: `${action}/login`,
  accounts: [
    { id: '1', name: 'Alice Liddell', login: 'alice', signedIn: true },
    { id: '2', name: 'bob', login: 'bob', signedIn: false },
  ],
};
const verbose = {
  id: '3',
  name: 'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Hubert Blaine',
  login: 'hubert.blaine.wolfeschlegelsteinhausenbergerdorff@staff.municipal-library.example',
  signedIn: false,
};
const verbose2 = { id: '4', name: 'دفتر الملاحظات', login: 'notes', signedIn: false };
const enrolment = {
  ...flow,
  ...switching,
  passkey: { action: `${action}/new-passkey`, options: `${action}/new-passkey-options` },
  qrCode: `${action}/qr-code`,
  key: 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ',
};
const WRONG_CODE = 'This code is not right, or it was used before. Each code works once.';
const COLOURED = '/assets/accent-0a58ca-1560d2.css';
const device = { action: '/device', xsrf: '3q2-7wXvB0mS' };

const notes: ClientCard = {
  name: 'Acme Notes',
  logo: link('https://notes.acme.example/logo.svg'),
  domain: 'notes.acme.example',
  home: link('https://notes.acme.example/'),
  policy: link('https://notes.acme.example/privacy'),
  terms: link('https://notes.acme.example/terms'),
  firstParty: false,
};
const bare: ClientCard = { name: 'nightly', firstParty: false };
const long: ClientCard = {
  ...notes,
  name: 'The Municipal Library and Archives Reading Room Reservation and Inter-Branch Loan Coordination Portal (staging)',
  logo: undefined,
  domain: 'reservations.reading-rooms.municipal-library-and-archives.example',
};
const rightToLeft: ClientCard = {
  ...notes,
  name: 'دفتر الملاحظات Notes',
  logo: link('https://127.0.0.1:9/broken.png'),
};

const identity: PermissionGroup = {
  title: 'Your account',
  items: [
    permission('openid', 'Know that it is you', { detail: 'A number that stands for you here' }),
    permission('profile', 'Your name', { optional: true, given: true }),
    permission('phone', 'Your phone number', { optional: true, chosen: false }),
    permission('email', 'Your email address', { optional: true, isNew: true }),
  ],
};
const orders: PermissionGroup = {
  title: 'Orders API',
  items: [
    permission('orders:read', 'See your orders'),
    permission('orders:write', 'Place and change orders', {
      detail: 'Also when you are not there',
      isNew: true,
    }),
  ],
};
const many: PermissionGroup = {
  title:
    'urn:example:a-very-long-resource-identifier:without-any-space:that-has-to-break-somewhere',
  items: Array.from({ length: 40 }, (_, index) =>
    permission(
      `warehouse:action-${index}`,
      `Do the ${index + 1}th thing to what is in the warehouse`,
      {
        optional: index % 3 === 0,
      },
    ),
  ),
};

const consent: Views['interaction/consent'] = {
  ...form,
  client: notes,
  account: { name: 'Alice Liddell', login: 'alice' },
  groups: [identity, orders],
  duration: 'Up to 1 year, also while you are signed out. It ends after 30 days without use.',
  destination: 'notes.acme.example',
};
const confirm: Views['device/confirm'] = {
  ...device,
  userCode: 'WDJBMJHT',
  shownCode: 'WDJB-MJHT',
  client: { ...notes, name: 'Acme TV' },
  groups: [identity],
  address: '203.0.113.7',
  agent: 'AcmeTV/4.2 (Linux; webOS 24)',
};
const letter: Views['mailbox/list']['mails'][number] = {
  href: '/dev/mail/0199f3c1',
  to: 'alice@acme.example',
  subject: 'Your sign-in link',
  kind: 'magic-link',
  at: '2026-01-31T12:00:00.000Z',
  shownAt: '2026-01-31 12:00:00',
};
const values = { login: '', email: '', name: '' };

export const SAMPLES: Samples = {
  ...ACCOUNT_SAMPLES,
  ...PLAYGROUND_SAMPLES,
  ...RECOVERY_SAMPLES,
  ...REGISTRATION_SAMPLES,
  ...requiredActionSamples({ notes, long, rightToLeft }),
  ...signInSamples({ notes, long, rightToLeft }),
  'interaction/login': {
    usual: { ...login, client: notes, login: '' },
    fault: {
      ...login,
      client: notes,
      login: 'alice',
      fault: 'The username or password is not right.',
    },
    bare: { ...login, client: bare, login: '', recovery: undefined, mailCode: undefined },
    official: { ...login, client: { ...notes, firstParty: true }, login: 'alice' },
    coloured: { ...login, client: { ...notes, stylesheet: COLOURED }, login: 'alice' },
    long: { ...login, client: long, login: '' },
    identifierFirst: {
      ...login,
      client: notes,
      login: '',
      identifierFirst: true,
      recovery: undefined,
      mailCode: undefined,
    },
    rightToLeft: { ...login, client: rightToLeft, login: '' },
  },
  'interaction/interrupted': {
    usual: {
      title: 'This sign-in took too long',
      message: 'It has ended to protect you. Nothing is lost: start again at the application.',
      isDone: false,
      account: false,
      client: notes,
      again: link('https://notes.acme.example/login?iss=https%3A%2F%2Fid.example'),
    },
    done: {
      title: 'You are signed in',
      message: 'This sign-in is finished. There is nothing left to do on its pages.',
      isDone: true,
      account: true,
      client: long,
    },
    unknown: {
      title: 'This sign\u2011in has ended',
      message:
        'It was finished, cancelled or left for too long, or it was never begun here. Start again at the application.',
      isDone: false,
      account: false,
    },
  },
  'interaction/select-account': {
    usual: { ...choosing, client: notes },
    long: { ...choosing, client: long, accounts: [...choosing.accounts, verbose, verbose2] },
  },
  'interaction/second-factor': {
    usual: { ...asked, client: notes, rememberDays: 30 },
    gone: { ...asked, client: notes, account: undefined },
    fault: { ...asked, client: notes, fault: WRONG_CODE },
    long: { ...asked, client: long },
    both: { ...asked, passkey, client: notes },
    passkey: { ...asked, passkey, hasApp: false, client: rightToLeft },
  },
  'interaction/recovery-code': {
    usual: { ...asked, client: notes },
    fault: { ...asked, client: rightToLeft, fault: WRONG_CODE },
  },
  'interaction/enrol-second-factor': {
    usual: { ...enrolment, client: notes },
    fault: { ...enrolment, client: long, fault: WRONG_CODE },
  },
  'interaction/recovery-codes': {
    usual: { ...form, client: notes, codes: Array(10).fill('abcd-efgh-ijkl-2345') },
    long: { ...form, client: long, codes: Array(10).fill('abcd-efgh-ijkl-2345') },
  },
  'interaction/keep-account': {
    usual: {
      ...form,
      cancelAction: '/x',
      client: notes,
      due: { at: '2026-02-14T12:00:00.000Z', shownAt: 'February 14, 2026 at 12:00 PM (UTC)' },
    },
    kept: { ...form, cancelAction: '/x', client: long },
  },
  'redirect/form-post': {
    usual: {
      action: 'https://app.example.com/callback',
      fields: [{ name: 'state', value: '"><b>' }],
    },
  },
  'interaction/consent': {
    usual: consent,
    coloured: { ...consent, client: { ...notes, stylesheet: COLOURED } },
    bare: {
      ...consent,
      client: bare,
      groups: [orders],
      destination: 'com.example.nightly (an app on this device)',
    },
    many: {
      ...consent,
      client: long,
      account: {
        name: 'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Hubert Blaine',
        login: 'hubert.blaine.wolfeschlegelsteinhausenbergerdorff@staff.municipal-library.example',
      },
      groups: [identity, many],
      destination: 'reservations.reading-rooms.municipal-library-and-archives.example',
    },
    rightToLeft: {
      ...consent,
      client: rightToLeft,
      account: { name: 'ليلى حداد', login: 'layla' },
    },
  },
  'logout/confirm': {
    usual: { ...device, clientName: 'Acme Notes', account: consent.account },
    bare: device,
    long: {
      ...device,
      clientName: long.name,
      account: {
        name: 'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Hubert Blaine',
        login: 'hubert.blaine.wolfeschlegelsteinhausenbergerdorff@staff.municipal-library.example',
      },
    },
  },
  'logout/done': { usual: { clientName: 'Acme Notes' }, bare: {} },
  'device/code': {
    usual: { ...device, userCode: '' },
    fault: { ...device, userCode: 'WDJB-MJHX', fault: 'No device waits with that code.' },
  },
  'device/confirm': {
    usual: confirm,
    long: {
      ...confirm,
      client: long,
      groups: [identity, orders],
      agent:
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36',
    },
  },
  'device/done': {
    usual: { clientName: 'Acme TV', refused: false },
    refused: { clientName: 'Acme TV', refused: true },
  },
  'setup/form': {
    usual: { ...form, values, faults: {}, minPasswordCharacters: 15 },
    faults: {
      ...form,
      values: { login: 'alice', email: 'alice', name: 'Alice Liddell' },
      faults: {
        email: 'This is not an email address.',
        password: 'A password has at least 15 characters: a few random words make a good one.',
        passwordAgain: 'This is not the same password.',
      },
      minPasswordCharacters: 15,
      strength: { level: 1 },
    },
  },
  'setup/done': { usual: {} },
  'error/error': {
    usual: {
      title: 'This sign\u2011in has ended',
      message:
        'This sign-in has expired, or was started in another browser. Go back to the application and try again.',
      code: 'interaction_not_found',
      requestId: '0199f3c1-7d2e-7a41-9f3b-52f1c0de4a77',
    },
  },
  'mailbox/list': {
    usual: { mails: [letter, { ...letter, subject: 'Choose a new password' }], most: 100 },
    empty: { mails: [], most: 100 },
    long: {
      mails: [{ ...letter, to: `${'hubert.blaine.'.repeat(4)}@staff.${long.domain}` }],
      most: 1,
    },
  },
  'mailbox/mail': {
    usual: {
      ...letter,
      from: 'Latchkey <no-reply@id.acme.example>',
      text: 'Your sign-in link\n\n    493021\n\nIt works once, within 10 minutes.\n',
      frame: '/dev/mail/0199f3c1/html',
    },
  },
  'home/home': {
    usual: { issuer: 'https://id.acme.example', setupPending: false },
    development: {
      issuer: 'http://localhost:3000',
      setupPending: true,
      playground: '/playground',
      mailbox: '/dev/mail',
    },
  },
};

function permission(
  value: string,
  label: string,
  more: Partial<PermissionItem> = {},
): PermissionItem {
  const id = `scope-${value.replaceAll(':', '-')}`;
  return { id, value, label, optional: false, given: false, chosen: true, isNew: false, ...more };
}

function link(text: string): SafeUrl {
  const url = safeUrl(text);
  if (!url) throw new TypeError(`${text} is no link.`);
  return url;
}
