// The pages of what has to be done at a sign-in, with ordinary data and with data that hurts.
import type { RequiredActionViews } from '../../src/http/required-action-views.ts';
import type { ClientCard } from '../../src/http/views.ts';

interface Clients {
  notes: ClientCard;
  long: ClientCard;
  rightToLeft: ClientCard;
}

type Views = RequiredActionViews<ClientCard>;
type Samples = { [View in keyof Views]: Record<string, Views[View]> };

const form = {
  action: '/interaction/V1StGXR8Z5jdHi6BmyT/step',
  cancelAction: '/interaction/V1StGXR8Z5jdHi6BmyT/cancellation',
  switchAction: '/interaction/V1StGXR8Z5jdHi6BmyT/switch',
  account: { name: 'Alice Liddell', login: 'alice' },
  mailAction: '/interaction/V1StGXR8Z5jdHi6BmyT/verification-mails',
  csrf: '3q2-7wXvB0mS',
};

export function requiredActionSamples({ notes, long, rightToLeft }: Clients): Samples {
  const verify = { ...form, client: notes, email: 'alice@acme.example', isMailed: true };
  const change = { ...form, client: notes, login: 'alice', faults: {}, minPasswordCharacters: 15 };
  const terms = {
    ...form,
    client: notes,
    version: '2026-11-25',
    terms: 'https://acme.example/terms',
    policy: 'https://acme.example/privacy',
  };
  return {
    'interaction/verify-email': {
      usual: verify,
      fault: {
        ...verify,
        client: rightToLeft,
        fault: 'This code is not right, or no longer. Look at the newest mail, or ask for another.',
      },
      unmailed: { ...verify, isMailed: false },
      long: {
        ...verify,
        client: long,
        email: 'hubert.blaine.wolfeschlegelsteinhausenbergerdorff@staff.municipal-library.example',
      },
    },
    'interaction/change-password': {
      usual: change,
      faults: {
        ...change,
        client: long,
        faults: {
          password: 'This is the password you have. Choose another.',
          passwordAgain: 'This is not the same password.',
        },
        strength: { level: 1 },
      },
    },
    'interaction/accept-terms': {
      usual: terms,
      bare: { ...terms, client: long, policy: undefined },
    },
    'interaction/continue': { usual: { ...form, client: notes }, long: { ...form, client: long } },
  };
}
