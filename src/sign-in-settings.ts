// The settings of how people sign in; part of settings.ts.
import * as z from 'zod';
import { setting } from './setting-kinds.ts';

export const SIGN_IN_SETTINGS = {
  SIGN_IN_PAGE: setting(
    z.enum(['combined', 'identifier-first']).default('combined'),
    'Whether the first page of a sign-in asks for login and password, or for the login alone and the next one for the rest.',
  ),
  SIGN_IN_BY_MAIL: setting(
    z.enum(['on', 'off']).default('on'),
    'Whether people may sign in by a code or a link that is mailed to them, where mail reaches people; see docs/mail-sign-in.md.',
  ),
};
