// The pages on which people open an account, with ordinary data and with data that hurts.
import type { RegistrationViews } from '../../src/http/registration-views.ts';
import type { ClientCard, Views } from '../../src/http/views.ts';

const csrf = '3q2-7wXvB0mS';
const interaction = '/interaction/V1StGXR8Z5jdHi6BmyT';
const client: ClientCard = { name: 'Acme Notes', domain: 'notes.acme.example', firstParty: false };
const long =
  'hubert.blaine.wolfeschlegelsteinhausenbergerdorff.featherstonehaugh@staff.municipal-library.example';
const email = 'alice@acme.example';

const create: Views['interaction/create'] = {
  action: `${interaction}/create`,
  cancelAction: `${interaction}/cancellation`,
  csrf,
  client,
  values: { name: '', email: '' },
  faults: {},
  minPasswordCharacters: 15,
  signIn: `${interaction}/login`,
};
const terms = {
  version: '2026-11-25',
  url: 'https://id.acme.example/terms',
  privacyUrl: 'https://id.acme.example/privacy',
};
const short = 'A password has at least 15 characters: a few random words make a good one.';
const code: Views['interaction/confirm-address'] = {
  action: `${interaction}/confirm-address`,
  csrf,
  client,
  email,
  again: `${interaction}/confirm-address/mail`,
  back: `${interaction}/create`,
};
const confirmed = { action: code.action, csrf, client };
const link = { action: '/create-account/V1StGXR8Z5jdHi6BmyT', csrf, email, asksPassword: false };
const invitation: Views['invitation/form'] = {
  action: '/invitation/V1StGXR8Z5jdHi6BmyT',
  csrf,
  email,
  values: { name: 'Alice Liddell' },
  faults: {},
  minPasswordCharacters: 15,
};

export const REGISTRATION_SAMPLES: {
  [View in keyof RegistrationViews<ClientCard>]: Record<string, Views[View]>;
} = {
  'interaction/create': {
    usual: create,
    faults: {
      ...create,
      values: { name: 'Alice Liddell', email: 'alice' },
      faults: { email: 'This is not an email address.', password: short },
      strength: { level: 1 },
    },
    limited: { ...create, faults: { form: 'Too many attempts. Try again in 20 minutes.' } },
    terms: { ...create, terms, faults: { terms: 'Accept the terms of service, or leave.' } },
    puzzle: { ...create, guard: { challenge: '1.1800000000.VGhlIGNoYWxsZW5nZQ.c2lnbmVk' } },
  },
  'interaction/confirm-address': {
    usual: code,
    long: { ...code, email: long },
    fault: { ...code, fault: 'This code is not right, or no longer. Look at the newest mail.' },
  },
  'interaction/address-confirmed': {
    usual: { ...confirmed, email },
    long: { ...confirmed, email: long },
  },
  'create-account/confirm': {
    usual: link,
    elsewhere: { ...link, email: long, asksPassword: true },
    fault: {
      ...link,
      asksPassword: true,
      fault: 'This is not the password that was chosen when the account was asked for.',
    },
  },
  'create-account/done': { usual: {} },
  'invitation/form': {
    usual: { ...invitation, terms: { version: '1', url: terms.url } },
    faults: { ...invitation, email: long, faults: { password: short }, strength: { level: 0 } },
  },
};
