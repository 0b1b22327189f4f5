import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { ConfigError, INSECURE_SETTINGS, readConfig } from '../src/config.ts';
import { SETTINGS } from '../src/settings.ts';
import { ROOT } from './support/database.ts';

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env, '/project');
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

const PRODUCTION = { NODE_ENV: 'production', ISSUER: 'https://id.example' };

test('without any setting the development server is at localhost:3000', () => {
  expect(readConfig({}, '/project')).toMatchObject({
    issuer: 'http://localhost:3000',
    dataDir: '/project/data',
    databaseUrl: undefined,
    production: false,
    developmentPages: true,
    weakened: [],
  });
});

test('the issuer follows the port and TLS as long as nobody sets it', () => {
  const issuerOf = (env: Record<string, string>) => readConfig(env, '/project').issuer;
  const tls = { TLS_CERT_FILE: 'a', TLS_KEY_FILE: 'b' };

  expect(issuerOf({ PORT: '4000' })).toBe('http://localhost:4000');
  expect(issuerOf({ PORT: '4000', ...tls })).toBe('https://localhost:4000');
  expect(issuerOf({ PORT: '443', ...tls })).toBe('https://localhost');
  expect(issuerOf({ PORT: '4000', ISSUER: 'http://localhost:3000' })).toBe('http://localhost:3000');
  expect(faultsOf({ PORT: '0' })).toEqual([expect.stringContaining('ISSUER: must be set')]);
});

test('passkeys are made for the host of the issuer, or for a domain above it', () => {
  const rpIdOf = (env: Record<string, string>) => readConfig(env, '/project').passkeyRpId;
  const ISSUER = 'https://id.example.com:8443';
  expect([rpIdOf({}), rpIdOf({ ISSUER })]).toEqual(['localhost', 'id.example.com']);
  expect(rpIdOf({ ISSUER, PASSKEY_RP_ID: 'example.com' })).toBe('example.com');
  for (const PASSKEY_RP_ID of ['com', 'ample.com', 'evil.example', 'a.id.example.com'])
    expect(faultsOf({ ISSUER, PASSKEY_RP_ID })).toEqual([
      expect.stringContaining('PASSKEY_RP_ID: must be the host of ISSUER'),
    ]);
  for (const PASSKEY_RP_ID of ['https://example.com', 'Example.com', 'example.com:443'])
    expect(faultsOf({ ISSUER, PASSKEY_RP_ID })).toEqual([
      expect.stringContaining('PASSKEY_RP_ID: must be a domain'),
    ]);
});

test('an empty value counts as absent', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: '' }, '/project')).toEqual(
    readConfig({}, '/project'),
  );
});

test('the configuration cannot be changed', () => {
  expect(Object.isFrozen(readConfig({}, '/project'))).toBe(true);
});

test.each([
  'postgresql://u:p%23w@db/x',
  'postgres://u:p@w@[::1]:5432/x?sslmode=require',
  'postgresql:///x?host=/var/run/postgresql',
  'postgresql://u@%2Fvar%2Frun%2Fpostgresql/x',
])('%s is a database', (DATABASE_URL) => {
  expect(faultsOf({ DATABASE_URL })).toEqual([]);
});

test('space around a number is no part of it', () => {
  expect(readConfig({ PORT: ' 4000 ' }, '/project').port).toBe(4000);
});

test('relative paths start at the project', () => {
  const config = readConfig({ DATA_DIR: 'state', SECRET_KEY_FILE: '/run/secrets/key' }, '/project');

  expect(config).toMatchObject({ dataDir: '/project/state', secretKeyFile: '/run/secrets/key' });
});

test('every fault is reported at once, by name', () => {
  const faults = faultsOf({
    NODE_ENV: 'production',
    ISSUER: 'http://id.example',
    PORT: 'http',
    LOG_LEVEL: 'loud',
    TLS_CERT_FILE: 'cert.pem',
    INSECURE_NO_RATE_LIMITS: 'true',
    INSECURE_IN_PRODUCTION: 'INSECURE_SPELLING',
  });

  expect(faults.map((fault) => fault.split(':')[0])).toEqual([
    'PORT',
    'LOG_LEVEL',
    'ISSUER',
    'TLS_CERT_FILE',
    'ISSUER',
    'INSECURE_IN_PRODUCTION',
    'INSECURE_NO_RATE_LIMITS',
  ]);
});

test('a setting that cannot be read is not blamed a second time for what follows from that', () => {
  const key = { ...PRODUCTION, DATABASE_URL: 'postgresql://db/x', SECRET_KEY: 'short' };

  expect(faultsOf(key)).toEqual(['SECRET_KEY: must be 32 bytes in base64url (43 characters)']);
});

test.each([
  [{ ISSUER: 'id.example' }, 'ISSUER: must be an http or https URL'],
  [{ ISSUER: 'ftp://id.example' }, 'ISSUER: must be an http or https URL'],
  [{ ISSUER: 'https://id.example/tenant' }, 'ISSUER: must have no path'],
  [{ ISSUER: 'https://id.example/?x' }, 'ISSUER: must have no path'],
  [
    { BRAND_COLOR: 'fc0' },
    'BRAND_COLOR: #ffcc00 has a contrast of 1.37:1 on light pages and needs 3:1; the nearest that does is #ad8906',
  ],
  [{ BRAND_COLOR_DARK: '#fc0' }, 'BRAND_COLOR_DARK: needs BRAND_COLOR'],
  [{ BRAND_NAME: 'Acme\r\nBcc: x@y.example' }, 'BRAND_NAME: must have 1 to 60 characters'],
  [{ TERMS_URL: 'javascript:alert(1)' }, 'TERMS_URL: must be an http or https URL'],
  [{ DATABASE_URL: 'mysql://db/x' }, 'DATABASE_URL: must start with postgresql://'],
  [{ DATABASE_URL: 'postgresql://u:pw@[bad/x' }, 'DATABASE_URL: must be a URL'],
  [{ DATABASE_URL: 'postgresql://u:p#w@db/x' }, 'percent-encoded'],
  [{ DATABASE_URL: 'postgresql://u:12#w@db/x' }, 'percent-encoded'],
  [{ DATABASE_URL: 'postgresql://u:12/w@db/x' }, 'percent-encoded'],
  [{ DATABASE_URL: 'postgresql://u:100%@db/x' }, 'percent-encoded'],
  [{ DATABASE_URL: 'postgresql://u:pw@db:99999/x' }, 'DATABASE_URL: must be a URL'],
  [{ PORT: ' ' }, 'PORT: must be a whole number'],
  [{ PORT: '1e3' }, 'PORT: must be a whole number'],
  [{ PORT: '70000' }, 'PORT: '],
  [{ WORKERS: '0x10' }, 'WORKERS: must be a whole number'],
  [{ SIGNING_KEY_DAYS: '0' }, 'SIGNING_KEY_DAYS: '],
  [{ TERMS_VERSION: '2026-11-25' }, 'TERMS_VERSION: needs TERMS_URL'],
  [{ TERMS_URL: 'javascript:alert(1)' }, 'TERMS_URL: must be an http or https URL'],
  [{ ADMIN_EMAIL: 'a@example.com' }, 'ADMIN_EMAIL: needs ADMIN_PASSWORD_FILE'],
  [{ PASSWORD_HASH_MEMORY_KIB: '19455' }, 'PASSWORD_HASH_MEMORY_KIB: with this many'],
  [{ PASSWORD_HASH_PASSES: '1' }, 'PASSWORD_HASH_MEMORY_KIB: with this many'],
  [{ PASSWORD_HASH_MEMORY_KIB: '7167', PASSWORD_HASH_PASSES: '9' }, 'PASSWORD_HASH_MEMORY_KIB: '],
  [{ REFRESH_TOKEN_MAX_SECONDS: '60' }, 'REFRESH_TOKEN_SECONDS: must not exceed'],
  [{ SECRET_KEY: 'A'.repeat(43), SECRET_KEY_FILE: 'key' }, 'SECRET_KEY: set it or SECRET_KEY_FILE'],
  [
    { ISSUER: 'http://id.example', TLS_CERT_FILE: 'a', TLS_KEY_FILE: 'b' },
    'ISSUER: must be https when TLS_CERT_FILE is set',
  ],
  [{ SMTP_URL: 'smtp://mail.example.com' }, 'SMTP_URL: needs MAIL_FROM'],
  ...[
    'http://mail.example.com',
    'smtp://',
    'smtp://mail.example.com/?tls.rejectUnauthorized=0',
  ].map(
    (SMTP_URL) =>
      [{ SMTP_URL, MAIL_FROM: 'a@example.com' }, 'SMTP_URL: must be smtp:// or smtps://'] as const,
  ),
  ...['a@example.com, b@example.com', 'A <a@example.com>\r\nBcc: b@example.com', 'nobody'].map(
    (MAIL_FROM) => [{ MAIL_FROM }, 'MAIL_FROM: must be an address, or a name'] as const,
  ),
  ...['smtp://mail.example.com', 'smtp://user:password@mail.example.com'].map(
    (SMTP_URL) =>
      [
        { SMTP_URL, SMTP_PASSWORD_FILE: 'p', MAIL_FROM: 'a@example.com' },
        'SMTP_PASSWORD_FILE: needs a user, and no password',
      ] as const,
  ),
])('%j is refused anywhere', (env, fault) => {
  expect(faultsOf(env)).toEqual([expect.stringContaining(fault)]);
});

test.each([
  [{ ISSUER: 'http://id.example' }, 'ISSUER: production refuses http, because'],
  [{ DATABASE_URL: 'postgresql://db/x' }, 'SECRET_KEY: production with PostgreSQL refuses'],
  [{ DEVELOPMENT_PAGES: 'on' }, 'DEVELOPMENT_PAGES: production refuses'],
])('%j is refused in production, and the reason said', (env, fault) => {
  expect(faultsOf({ ...PRODUCTION, ...env })).toEqual([expect.stringContaining(fault)]);
  expect(faultsOf(env)).toEqual([]);
});

test.each(['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:8080'])(
  'production may use %s, since loopback crosses no network',
  (ISSUER) => {
    expect(faultsOf({ ...PRODUCTION, ISSUER })).toEqual([]);
  },
);

test.each(['http://localhost.example', 'http://127.0.0.1.example', 'http://10.0.0.1'])(
  'production may not use %s',
  (ISSUER) => {
    expect(faultsOf({ ...PRODUCTION, ISSUER })).toHaveLength(1);
  },
);

test.each(INSECURE_SETTINGS)('%s needs its confirmation in production', (name) => {
  expect(faultsOf({ [name]: 'true' })).toEqual([]);
  expect(readConfig({ [name]: 'true' }, '/project').weakened).toEqual([name]);
  expect(faultsOf({ ...PRODUCTION, [name]: 'true' })).toEqual([
    expect.stringContaining(`${name}: production refuses it`),
  ]);
  expect(faultsOf({ ...PRODUCTION, [name]: 'true', INSECURE_IN_PRODUCTION: name })).toEqual([]);
});

test('every setting that weakens is in the list of those that need confirmation', () => {
  const weakening = Object.entries(SETTINGS).filter(([, { meaning }]) =>
    meaning.startsWith('Weakens'),
  );

  expect(weakening.map(([name]) => name)).toEqual([...INSECURE_SETTINGS]);
});

test('.env.example and docs/configuration.md say what the settings are', async () => {
  const check = promisify(execFile)(process.execPath, ['scripts/settings.mjs', '--check'], {
    cwd: ROOT,
  });

  await expect(check).resolves.toMatchObject({ stderr: '' });
});
