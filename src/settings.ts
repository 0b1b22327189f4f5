// Every setting there is: its name in the environment, its schema with the default, and what it means.
// `.env.example` and `docs/configuration.md` are written from this list (npm run settings).
import * as z from 'zod';
import { BRANDING_SETTINGS } from './branding-settings.ts';
import { PASSWORD_SETTINGS } from './password-settings.ts';
import { REGISTRATION_SETTINGS } from './registration-settings.ts';
import {
  addresses,
  count,
  databaseUrl,
  flag,
  list,
  path,
  seconds,
  sender,
  setting,
  smtpUrl,
  whole,
} from './setting-kinds.ts';
import { SIGN_IN_SETTINGS } from './sign-in-settings.ts';

interface Setting {
  schema: z.ZodType;
  meaning: string;
}

export const SETTINGS = {
  NODE_ENV: setting(
    z.enum(['development', 'production', 'test']).default('development'),
    'In production, what is convenient but unsafe is refused at start. Nothing else differs.',
  ),
  ISSUER: setting(
    z.string().optional(),
    'The public URL of this server, without a path. Tokens carry it; requests for another host are refused. Without it, localhost with PORT: `http://localhost:3000`, or https where TLS_CERT_FILE is set.',
  ),
  HOST: setting(z.string().default('localhost'), 'The address to listen on.'),
  PORT: setting(whole(0, 65_535).default(3000), 'The port to listen on.'),
  DATA_DIR: setting(
    z.string().min(1).default('./data'),
    'Where the embedded database and generated secrets live; relative to the project.',
  ),
  DEFAULT_LOCALE: setting(
    z.string().min(1).default('en'),
    'The language of pages and mails where neither the application, the person nor the browser asks for one there is (BCP 47).',
  ),
  LOCALES_DIR: setting(
    path,
    'A folder of catalogues, such as nl.json, that add languages or replace texts; see docs/languages.md. Relative to the project.',
  ),
  ...BRANDING_SETTINGS,
  DATABASE_URL: setting(
    databaseUrl,
    'A PostgreSQL database. Without it, SQLite in the data directory.',
  ),
  DATABASE_POOL: setting(count(10), 'PostgreSQL connections per process.'),
  MIGRATE: setting(
    z.enum(['auto', 'off']).default('auto'),
    'Whether the server brings the database up to date when it starts; off for those who run `latchkey migrate`.',
  ),
  SECRET_KEY: setting(
    z
      .string()
      .regex(/^[\w-]{43}$/, 'must be 32 bytes in base64url (43 characters)')
      .optional(),
    'Seals what must be read back (signing keys) and keys the cookies. Without it, one is made in the data directory.',
  ),
  SECRET_KEY_FILE: setting(path, 'A file that holds SECRET_KEY instead.'),
  WORKERS: setting(count(1), 'Processes on one port; all state is in the database.'),
  TLS_CERT_FILE: setting(
    path,
    'PEM certificate chain; with TLS_KEY_FILE the process speaks TLS itself. Reloaded when it changes.',
  ),
  TLS_KEY_FILE: setting(path, 'PEM private key of the certificate.'),
  TRUSTED_PROXIES: setting(
    addresses,
    'Addresses or CIDR ranges, separated by commas, whose X-Forwarded-For and X-Forwarded-Proto are believed.',
  ),
  SHUTDOWN_SECONDS: setting(
    seconds(10),
    'How long requests in flight may take to finish after SIGTERM.',
  ),
  LOG_LEVEL: setting(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
    'The least serious log line that is written.',
  ),
  METRICS_ALLOW: setting(
    addresses.default(['127.0.0.1', '::1']),
    'Addresses or CIDR ranges that may read /metrics.',
  ),
  ADMIN_EMAIL: setting(
    z.email().optional(),
    'Creates the first administrator at start, with ADMIN_PASSWORD_FILE.',
  ),
  ADMIN_PASSWORD_FILE: setting(path, 'A file that holds the first administrator’s password.'),
  DEVELOPMENT_PAGES: setting(
    z.enum(['auto', 'on', 'off']).default('auto'),
    'The playground, and without SMTP_URL the mailbox at /dev/mail. auto: on outside production; on is refused in production.',
  ),
  SMTP_URL: setting(
    smtpUrl,
    'The server that mail leaves through: smtp://user:password@mail.example.com:587, or smtps:// for TLS from the start. TLS is required of every host but this one.',
  ),
  SMTP_PASSWORD_FILE: setting(
    path,
    'A file that holds the password of the user in SMTP_URL; read again for each connection.',
  ),
  MAIL_FROM: setting(
    sender,
    'The sender of all mail: an address, or a name and an address, as in Example <no-reply@example.com>. An address alone goes under BRAND_NAME.',
  ),
  ...REGISTRATION_SETTINGS,
  ...PASSWORD_SETTINGS,
  ...SIGN_IN_SETTINGS,
  ACCOUNT_DELETION_DAYS: setting(
    count(14, 1, 365),
    'How long after it was asked for an account is deleted; until then, whoever signs in may keep it.',
  ),
  ACCESS_TOKEN_SECONDS: setting(
    seconds(600),
    'Lifetime of access tokens where their API does not say.',
  ),
  ID_TOKEN_SECONDS: setting(seconds(3600), 'Lifetime of ID tokens.'),
  AUTHORIZATION_CODE_SECONDS: setting(seconds(60), 'Lifetime of authorization codes.'),
  REFRESH_TOKEN_SECONDS: setting(
    seconds(30 * 86_400),
    'Lifetime of a refresh token that is not used.',
  ),
  REFRESH_TOKEN_MAX_SECONDS: setting(
    seconds(365 * 86_400),
    'Lifetime of a family of refresh tokens, however often it is used.',
  ),
  REFRESH_GRACE_SECONDS: setting(
    seconds(10, 0),
    'How long after its rotation a refresh token may be repeated by its client, and answered with the same successor.',
  ),
  SESSION_SECONDS: setting(
    seconds(14 * 86_400),
    'Lifetime of a signed-in browser session that is not used.',
  ),
  INTERACTION_SECONDS: setting(seconds(1800), 'How long a person may take to sign in and consent.'),
  DEVICE_CODE_SECONDS: setting(seconds(600), 'Lifetime of device codes.'),
  SIGNING_KEY_DAYS: setting(
    count(90),
    'A signing key signs for this long before the next takes over.',
  ),
  DYNAMIC_REGISTRATION: setting(
    z.enum(['off', 'on']).default('off'),
    'RFC 7591/7592 client registration, with initial access tokens from `latchkey registration-token create`.',
  ),
  INSECURE_OPEN_REGISTRATION: setting(
    flag,
    'Weakens: anybody may register clients, without an initial access token.',
  ),
  INSECURE_PKCE_OPTIONAL: setting(
    flag,
    'Weakens: PKCE is not required of registered clients that have a credential.',
  ),
  INSECURE_PRIVATE_ADDRESSES: setting(
    flag,
    'Weakens: outgoing requests may go to private and loopback addresses.',
  ),
  INSECURE_NO_RATE_LIMITS: setting(flag, 'Weakens: nothing is rate-limited.'),
  INSECURE_POST_AUTHORIZATION: setting(
    flag,
    'Weakens: POST at the authorization endpoint, and cookies that other sites may send with it.',
  ),
  INSECURE_SMTP_PLAINTEXT: setting(
    flag,
    'Weakens: mail, with the links and codes in it, crosses the network in clear where the SMTP server offers no TLS.',
  ),
  INSECURE_IN_PRODUCTION: setting(
    list,
    'The names of the INSECURE_ settings, separated by commas, that are meant to hold in production too.',
  ),
} satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValues = { [N in SettingName]: z.output<(typeof SETTINGS)[N]['schema']> };
