// The settings of who may open an account, and what is asked of programs that try; with what must fit together in them.
import * as z from 'zod';
import { list, path, setting, webPage } from './setting-kinds.ts';

const domains = list.superRefine((entries, ctx) => {
  for (const entry of entries.filter((one) => !/^([a-z\d-]+\.)+[a-z\d-]+$/i.test(one))) {
    ctx.addIssue({ code: 'custom', message: `${entry} is no domain` });
  }
});

const contentSources = list.superRefine((entries, ctx) => {
  for (const entry of entries.filter(
    (one) => !/^https:\/\/[\w.*-]+(:\d+)?(\/[\w./-]*)?$/.test(one),
  )) {
    ctx.addIssue({ code: 'custom', message: `${entry} is no https:// source` });
  }
});

export const REGISTRATION_SETTINGS = {
  REGISTRATION: setting(
    z.enum(['auto', 'off', 'invitation', 'domain', 'open']).default('auto'),
    'Who may open an account: nobody, whoever is invited, besides those with mail at REGISTRATION_DOMAINS, or everybody. auto: open where there are development pages, else off.',
  ),
  REGISTRATION_DOMAINS: setting(
    domains.transform((entries) => entries.map((entry) => entry.toLowerCase())),
    'Domains of mail addresses, separated by commas, that may open an account where REGISTRATION is domain; each by itself, without its subdomains.',
  ),
  BOT_GUARD: setting(
    z.enum(['off', 'proof-of-work', 'captcha']).default('off'),
    'What a browser has to do before it opens an account or asks for a mail to get into one: nothing, to compute for a moment, or to pass the captcha of the CAPTCHA_ settings. Both need JavaScript.',
  ),
  CAPTCHA_SCRIPT_URL: setting(
    webPage,
    'The script of Turnstile, hCaptcha, reCAPTCHA or another that works like them, such as https://challenges.cloudflare.com/turnstile/v0/api.js.',
  ),
  CAPTCHA_SOURCES: setting(
    contentSources,
    'What else that script loads and shows, as https:// sources separated by commas: https://hcaptcha.com,https://*.hcaptcha.com. The script’s own host is allowed without.',
  ),
  CAPTCHA_VERIFY_URL: setting(
    webPage,
    'Where its answers are verified, such as https://challenges.cloudflare.com/turnstile/v0/siteverify.',
  ),
  CAPTCHA_SITE_KEY: setting(z.string().optional(), 'The key that the page shows.'),
  CAPTCHA_SECRET_FILE: setting(path, 'A file that holds the secret for verifying.'),
};

interface Facts {
  REGISTRATION: 'auto' | 'off' | 'invitation' | 'domain' | 'open';
}

/** Who may open an account in effect. */
export function registrationOf({ REGISTRATION: chosen }: Facts, isDevelopment: boolean) {
  if (chosen !== 'auto') return chosen;
  return isDevelopment ? ('open' as const) : ('off' as const);
}

interface Settled {
  registration: ReturnType<typeof registrationOf>;
  registrationDomains: readonly string[];
  smtpUrl: string | undefined;
  mailbox: boolean;
  botGuard: 'off' | 'proof-of-work' | 'captcha';
  captchaScriptUrl: string | undefined;
  captchaVerifyUrl: string | undefined;
  captchaSiteKey: string | undefined;
  captchaSecretFile: string | undefined;
}

export const REGISTRATION_RULES: { broken: (config: Settled) => boolean; fault: string }[] = [
  {
    broken: ({ registration, smtpUrl, mailbox }) =>
      registration !== 'off' && smtpUrl === undefined && !mailbox,
    fault: 'REGISTRATION: needs SMTP_URL, because an account is opened by a mail',
  },
  {
    broken: ({ registration, registrationDomains }) =>
      registration === 'domain' && registrationDomains.length === 0,
    fault: 'REGISTRATION_DOMAINS: must name one where REGISTRATION is domain',
  },
  {
    broken: ({ botGuard, ...captcha }) =>
      botGuard === 'captcha' &&
      !(
        captcha.captchaScriptUrl &&
        captcha.captchaVerifyUrl &&
        captcha.captchaSiteKey &&
        captcha.captchaSecretFile
      ),
    fault:
      'BOT_GUARD: captcha needs CAPTCHA_SCRIPT_URL, CAPTCHA_VERIFY_URL, CAPTCHA_SITE_KEY and CAPTCHA_SECRET_FILE',
  },
];
