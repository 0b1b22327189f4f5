import { expect, test } from '@jest/globals';
import { ConfigError, readConfig } from '../src/config.ts';

const PRODUCTION = { NODE_ENV: 'production', ISSUER: 'https://id.example' };
const MAIL = { SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'id@example.com' };

const registrationOf = (env: Record<string, string>) => readConfig(env, '/project').registration;

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env, '/project');
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

test('everybody may open an account in development, and nobody in production, unless it is said', () => {
  expect(registrationOf({})).toBe('open');
  expect(registrationOf({ DEVELOPMENT_PAGES: 'off' })).toBe('off');
  expect(registrationOf(PRODUCTION)).toBe('off');
  expect(registrationOf({ ...PRODUCTION, ...MAIL })).toBe('off');
  expect(registrationOf({ ...PRODUCTION, ...MAIL, REGISTRATION: 'open' })).toBe('open');
});

const CAPTCHA = {
  BOT_GUARD: 'captcha',
  CAPTCHA_SCRIPT_URL: 'https://captcha.example/api.js',
  CAPTCHA_VERIFY_URL: 'https://captcha.example/siteverify',
  CAPTCHA_SITE_KEY: 'key',
  CAPTCHA_SECRET_FILE: 'secret',
};

test.each([
  [{ ...PRODUCTION, REGISTRATION: 'invitation' }, 'REGISTRATION: needs SMTP_URL'],
  [{ REGISTRATION: 'domain' }, 'REGISTRATION_DOMAINS: must name one'],
  [{ REGISTRATION: 'domain', REGISTRATION_DOMAINS: 'a@b.example' }, 'a@b.example is no domain'],
  [{ REGISTRATION: 'domain', REGISTRATION_DOMAINS: '*.example' }, '*.example is no domain'],
  [{ ...CAPTCHA, CAPTCHA_SITE_KEY: '' }, 'BOT_GUARD: captcha needs'],
  [{ ...CAPTCHA, CAPTCHA_SOURCES: "https://a.example 'unsafe-inline'" }, 'is no https:// source'],
  [{ ...CAPTCHA, CAPTCHA_SOURCES: 'https://a.example;script-src' }, 'is no https:// source'],
])('%j is refused', (env, fault) => {
  expect(faultsOf(env)).toContainEqual(expect.stringContaining(fault));
});

test('domains are compared in lower case', () => {
  const env = { REGISTRATION: 'domain', REGISTRATION_DOMAINS: 'Acme.Example, b.example' };
  expect(readConfig(env, '/project').registrationDomains).toEqual(['acme.example', 'b.example']);
  expect(faultsOf(CAPTCHA)).toEqual([]);
});
