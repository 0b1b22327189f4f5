// The pages of a sign-in behind the first one, with ordinary data and with data that hurts.
import type { SignInViews } from '../../src/http/sign-in-views.ts';
import type { ClientCard } from '../../src/http/views.ts';

type Samples = {
  [View in keyof SignInViews<ClientCard>]: Record<string, SignInViews<ClientCard>[View]>;
};

const action = '/interaction/V1StGXR8Z5jdHi6BmyT';
const form = { action, cancelAction: `${action}/cancellation`, csrf: '3q2-7wXvB0mS' };
const password = {
  ...form,
  back: `${action}/login`,
  passkey: { action: `${action}/passkey`, options: `${action}/passkey-options` },
  recovery: '/recovery?interaction=V1StGXR8Z5jdHi6BmyT',
  mailCode: `${action}/mail-code`,
  login: 'alice',
};
const code = {
  ...form,
  resend: `${action}/mail-code`,
  back: `${action}/login`,
  login: 'alice@acme.example',
  lifetime: '10 minutes',
  wasResent: false,
};
const longLogin =
  'hubert.blaine.wolfeschlegelsteinhausenbergerdorff.featherstonehaugh@staff.municipal-library.example';

export function signInSamples({
  notes,
  long,
  rightToLeft,
}: Record<'notes' | 'long' | 'rightToLeft', ClientCard>): Samples {
  return {
    'interaction/password': {
      usual: { ...password, client: notes },
      fault: {
        ...password,
        client: notes,
        fault: 'The username or password is not right.',
      },
      bare: { ...password, client: notes, recovery: undefined, mailCode: undefined },
      long: { ...password, client: long, login: longLogin },
    },
    'interaction/mail-code': {
      usual: { ...form, client: notes, login: 'alice', guard: { challenge: '16.1764000000.x.y' } },
      fault: {
        ...form,
        client: long,
        login: longLogin,
        guard: { challenge: '16.1764000000.x.y' },
        fault: 'It could not be made sure that a person sent this. Send it once more.',
      },
    },
    'interaction/mailed-code': {
      usual: { ...code, client: notes },
      again: { ...code, client: rightToLeft, wasResent: true },
      fault: {
        ...code,
        client: notes,
        fault: 'This code is not right, or no longer. Look at the newest mail, or ask for another.',
      },
      long: { ...code, client: long, login: longLogin },
    },
    'interaction/mailed-link': {
      usual: { ...form, client: notes, login: 'alice' },
      long: { ...form, client: long, login: longLogin },
    },
    'interaction/mailed-link-elsewhere': { usual: {} },
  };
}
