// The playground's pages with ordinary data and with data that hurts.
import type { Check, Part, PlaygroundViews, TokenPage } from '../../src/http/playground-views.ts';

type Samples = { [Name in keyof PlaygroundViews]: Record<string, PlaygroundViews[Name]> };

const csrf = '3q2-7wXvB0mS';
const client = {
  name: 'Acme Notes',
  id: '5f0c1f3ce1b24b0e9d1b7c0a4a8d3e21',
  kind: 'Web application, with a secret',
};
const long = {
  ...client,
  name: 'دفتر The Municipal Library and Archives Reading Room Reservation and Inter-Branch Loan Coordination Portal',
};
const path = `/playground/clients/${client.id}`;
const redirects = {
  action: `${path}/redirects`,
  callback: 'https://id.acme.example/playground/callback',
  home: 'https://id.acme.example/playground',
};
const secret = { action: `${path}/secrets`, minutes: 10 };

const text = 'kZ8-hWqJvX0m9sYtC3r1B7uQeL5nPdA2fGiTzRoKxVw';
const jwt = `eyJhbGciOiJFUzI1NiJ9.${text.repeat(9)}.${text.repeat(2)}`;

const passed: Check = {
  label: 'The state is the one we sent',
  detail: 'So this browser started the login.',
  passed: true,
};
const failed: Check = { label: 'The signature could not be verified', passed: false };
const parts: Part[] = [
  { name: 'code', value: text, detail: 'Good for one redemption within a minute.' },
  { name: 'state', value: text },
];
const exchange = {
  request: `curl -X POST 'https://id.acme.example/token' \\\n  -u '${client.id}:••••••••' \\\n  --data-urlencode 'code=${text}'`,
  status: '200 OK',
  response: `content-type: application/json\n\n${JSON.stringify({ access_token: jwt }, undefined, 2)}`,
};
const idToken: TokenPage = {
  id: 'id-token',
  title: 'ID token',
  detail: 'Tells the application who signed in.',
  raw: jwt,
  checks: [{ ...passed, label: 'The signature is genuine' }, failed],
  header: [{ name: 'alg', value: 'ES256', detail: 'How it is signed.' }],
  payload: [
    {
      name: 'exp',
      value: '1795435200 (2026-11-23 12:00:00 UTC, in 1 hour)',
      detail: 'When it ends.',
    },
    { name: 'amr', value: '["pwd"]' },
  ],
};
const opaque: TokenPage = {
  id: 'access-token',
  title: 'Access token',
  detail: 'A random text that only the server can look up.',
  raw: text,
  checks: [],
  header: [],
  payload: [],
};

const finished: PlaygroundViews['playground/tokens'] = {
  title: 'The application has its tokens',
  lead: 'The browser brought a code, and the application redeemed it.',
  client,
  exchange,
  changes: [],
  tokens: [idToken, opaque],
  csrf,
  run: `v1.${text.repeat(40)}`,
  actions: [
    {
      id: 'introspection',
      title: 'Introspection',
      detail: 'Asks the server whether a token is still good.',
      action: '/playground/introspection',
      buttons: [
        { id: 'introspect-access', value: 'access_token', label: 'The access token' },
        { id: 'introspect-refresh', value: 'refresh_token', label: 'The refresh token' },
      ],
    },
  ],
  logout: {
    action: '/logout',
    parts: [{ name: 'id_token_hint', value: jwt, detail: 'The ID token.' }],
  },
};

const options = [
  { value: '', label: 'Whichever the scopes belong to', chosen: true },
  { value: 'urn:example:orders', label: 'Orders (urn:example:orders)', chosen: false },
];

export const PLAYGROUND_SAMPLES: Samples = {
  'playground/clients': {
    usual: {
      csrf,
      action: '/playground/clients',
      clients: [
        { ...client, action: path },
        { ...long, action: path },
        { ...client, name: 'nightly', action: path, fault: 'It is disabled.' },
      ],
      isEmpty: false,
      isShortened: true,
      isSignedOut: true,
    },
    empty: {
      csrf,
      action: '/playground/clients',
      clients: [],
      isEmpty: true,
      isShortened: false,
      isSignedOut: false,
    },
    none: {
      csrf,
      action: '/playground/clients',
      clients: [],
      isEmpty: false,
      isShortened: false,
      isSignedOut: false,
    },
  },
  'playground/client': {
    unprepared: {
      csrf,
      client,
      redirects: { ...redirects, isRegistered: false },
      secret: { ...secret, isReady: false },
    },
    ready: {
      csrf,
      client: long,
      redirects: { ...redirects, isRegistered: true },
      secret: { ...secret, isReady: true },
      form: {
        action: `${path}/requests`,
        scopes: [
          { id: 'scope-openid', value: 'openid', detail: 'Makes it a sign-in', isChosen: true },
          {
            id: 'permission-0',
            value: 'orders:read',
            detail: 'Read your orders (Orders)',
            isChosen: false,
          },
        ],
        resources: options,
        prompts: options,
        responseModes: options,
      },
    },
  },
  'playground/request': {
    usual: {
      csrf,
      action: '/playground/request',
      client,
      verifier: text,
      challenge: text,
      address: ['https://id.acme.example/auth', `?client_id=${client.id}`, `&state=${text}`],
      parts,
    },
    pushed: {
      csrf,
      action: '/playground/request',
      client: long,
      verifier: text,
      challenge: text,
      address: ['https://id.acme.example/auth', `?client_id=${client.id}`],
      parts,
      pushed: { endpoint: 'https://id.acme.example/par' },
    },
  },
  'playground/tokens': {
    usual: { ...finished, answer: { parts, checks: [passed] } },
    refreshed: {
      ...finished,
      changes: [{ name: 'Refresh token', before: text, after: text, outcome: 'Replaced' }],
    },
    refused: {
      ...finished,
      client: long,
      fault: 'invalid_token: Ended, revoked, or meant for somebody else.',
      exchange: { ...exchange, status: '401 Unauthorized', response: '' },
    },
  },
  'playground/failed': {
    usual: {
      title: 'access_denied',
      lead: 'The person refused.',
      parts,
      checks: [passed],
      exchange,
      action: path,
    },
    bare: {
      title: 'No login is under way here',
      lead: 'It was finished already.',
      parts: [],
      checks: [],
      action: path,
    },
  },
};
