// The settings of how people sign in, and of what they have to do besides proving who they are; part of settings.ts.
import * as z from 'zod';
import { setting, webPage } from './setting-kinds.ts';

export const SIGN_IN_SETTINGS = {
  SIGN_IN_PAGE: setting(
    z.enum(['combined', 'identifier-first']).default('combined'),
    'Whether the first page of a sign-in asks for login and password, or for the login alone and the next one for the rest.',
  ),
  SIGN_IN_BY_MAIL: setting(
    z.enum(['on', 'off']).default('on'),
    'Whether people may sign in by a code or a link that is mailed to them, where mail reaches people; see docs/mail-sign-in.md.',
  ),
  VERIFY_EMAIL: setting(
    z.enum(['optional', 'required']).default('optional'),
    'Whether a person who has an email address must show at sign-in that mail to it reaches them. In either case applications are told by email_verified.',
  ),
  TERMS_URL: setting(
    webPage,
    'The terms of service that people accept. They are asked where TERMS_VERSION is set too.',
  ),
  TERMS_VERSION: setting(
    z.string().trim().min(1).max(60).optional(),
    'Which version the terms are, such as 2026-11-25. Another version is asked for anew, of everybody, at the next sign-in.',
  ),
  PRIVACY_URL: setting(webPage, 'The privacy notice, shown beside the terms.'),
};
