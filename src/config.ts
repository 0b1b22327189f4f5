// The environment becomes one frozen Config here, and nowhere else is process.env read.
import { resolve } from 'node:path';
import { PASSWORD_RULES } from './password-settings.ts';
import { REGISTRATION_RULES, registrationOf } from './registration-settings.ts';
import { SIGN_IN_RULES } from './sign-in-settings.ts';
import { SETTINGS, type SettingName, type SettingValues } from './settings.ts';

export const INSECURE_SETTINGS = [
  'INSECURE_OPEN_REGISTRATION',
  'INSECURE_PKCE_OPTIONAL',
  'INSECURE_PRIVATE_ADDRESSES',
  'INSECURE_NO_RATE_LIMITS',
  'INSECURE_POST_AUTHORIZATION',
  'INSECURE_SMTP_PLAINTEXT',
] as const satisfies SettingName[];

export interface Config extends Readonly<ReturnType<typeof derive>> {}

/** All that is wrong with the environment, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

/**
 * Reads the settings; an empty value counts as absent.
 * @param root the project's directory: relative paths start there
 * @throws ConfigError with every fault at once
 */
export function readConfig(env: Record<string, string | undefined>, root: string): Config {
  const { values, faults } = readSettings(env);
  const config = derive(values, root);
  const isBlamed = (refusal: string) => faults.some((fault) => nameIn(fault) === nameIn(refusal));
  faults.push(...refusalsOf(config).filter((refusal) => !isBlamed(refusal)));
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(config);
}

// A setting that cannot be read has its default, so that the rules can speak of the others.
function readSettings(env: Record<string, string | undefined>) {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, { schema }] of Object.entries(SETTINGS)) {
    const parsed = schema.safeParse(env[name] || undefined);
    values[name] = parsed.success ? parsed.data : schema.parse(undefined);
    if (!parsed.success) {
      faults.push(...parsed.error.issues.map((issue) => `${name}: ${issue.message}`));
    }
  }
  return { values: values as SettingValues, faults };
}

function nameIn(fault: string) {
  return fault.slice(0, fault.indexOf(':'));
}

function refusalsOf(config: ReturnType<typeof derive>): string[] {
  return [
    ...RULES.filter(({ broken }) => broken(config)).map(({ fault }) => fault),
    ...unknownInsecure(config),
    ...insecureInProduction(config),
  ];
}

function derive(values: SettingValues, root: string) {
  const at = (path: string | undefined) => (path ? resolve(root, path) : undefined);
  const production = values.NODE_ENV === 'production';
  const address = values.ISSUER ?? localAddress(values);
  const issuer = URL.canParse(address) ? new URL(address) : undefined;
  const isDevelopment =
    values.DEVELOPMENT_PAGES === 'on' || (values.DEVELOPMENT_PAGES === 'auto' && !production);
  return {
    ...camelCased(values),
    root,
    production,
    issuer: issuer ? issuer.origin : address,
    issuerUrl: issuer,
    passkeyRpId: passkeyDomain(values, issuer),
    dataDir: resolve(root, values.DATA_DIR),
    localesDir: at(values.LOCALES_DIR),
    viewsDir: at(values.VIEWS_DIR),
    brandLogoFile: at(values.BRAND_LOGO_FILE),
    secretKeyFile: at(values.SECRET_KEY_FILE),
    tlsCertFile: at(values.TLS_CERT_FILE),
    tlsKeyFile: at(values.TLS_KEY_FILE),
    adminPasswordFile: at(values.ADMIN_PASSWORD_FILE),
    smtpPasswordFile: at(values.SMTP_PASSWORD_FILE),
    captchaSecretFile: at(values.CAPTCHA_SECRET_FILE),
    registration: registrationOf(values, isDevelopment),
    developmentPages: isDevelopment,
    mailbox: isDevelopment && values.SMTP_URL === undefined,
    dynamicRegistration: values.DYNAMIC_REGISTRATION === 'on' || values.INSECURE_OPEN_REGISTRATION,
    weakened: INSECURE_SETTINGS.filter((name) => values[name]),
  };
}

function passkeyDomain({ PASSKEY_RP_ID }: SettingValues, issuer: URL | undefined): string {
  return PASSKEY_RP_ID ?? issuer?.hostname ?? '';
}

function localAddress({ PORT, TLS_CERT_FILE }: SettingValues): string {
  return `${TLS_CERT_FILE ? 'https' : 'http'}://localhost:${PORT}`;
}

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<Camel<Tail>>}`
  : Lowercase<S>;

function camelCased(values: SettingValues) {
  const entries = Object.entries(values).map(([name, value]) => [
    name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(entries) as { [N in SettingName as Camel<N>]: SettingValues[N] };
}

const isWithin = (host: string, domain: string) =>
  host === domain || (domain.includes('.') && host.endsWith(`.${domain}`));

const isLoopback = (host: string) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);

const RULES: { broken: (config: ReturnType<typeof derive>) => boolean; fault: string }[] = [
  {
    broken: ({ issuerUrl }) => !issuerUrl || !/^https?:$/.test(issuerUrl.protocol),
    fault: 'ISSUER: must be an http or https URL',
  },
  {
    broken: ({ issuerUrl }) => issuerUrl?.port === '0',
    fault: 'ISSUER: must be set where PORT is 0, and without that port',
  },
  {
    broken: ({ issuerUrl }) =>
      issuerUrl !== undefined &&
      `${issuerUrl.pathname}${issuerUrl.search}${issuerUrl.hash}` !== '/',
    fault: 'ISSUER: must have no path, query or fragment',
  },
  {
    broken: ({ production, issuerUrl }) =>
      production && issuerUrl?.protocol === 'http:' && !isLoopback(issuerUrl.hostname),
    fault:
      'ISSUER: production refuses http, because tokens and passwords would cross the network in clear; use https',
  },
  {
    broken: ({ production, databaseUrl, secretKey, secretKeyFile }) =>
      production && databaseUrl !== undefined && !secretKey && !secretKeyFile,
    fault:
      'SECRET_KEY: production with PostgreSQL refuses a generated key, because the other nodes would not have it; set SECRET_KEY or SECRET_KEY_FILE',
  },
  {
    broken: ({ production, developmentPages }) => production && developmentPages,
    fault: 'DEVELOPMENT_PAGES: production refuses the development pages, because they show tokens',
  },
  {
    broken: ({ passkeyRpId, issuerUrl }) =>
      issuerUrl !== undefined && !isWithin(issuerUrl.hostname, passkeyRpId),
    fault: 'PASSKEY_RP_ID: must be the host of ISSUER, or a domain above it and below the top',
  },
  {
    broken: ({ secretKey, secretKeyFile }) => Boolean(secretKey && secretKeyFile),
    fault: 'SECRET_KEY: set it or SECRET_KEY_FILE, not both',
  },
  {
    broken: ({ tlsCertFile, tlsKeyFile }) => Boolean(tlsCertFile) !== Boolean(tlsKeyFile),
    fault: 'TLS_CERT_FILE: needs TLS_KEY_FILE, and the other way round',
  },
  {
    broken: ({ tlsCertFile, issuerUrl }) => Boolean(tlsCertFile) && issuerUrl?.protocol === 'http:',
    fault: 'ISSUER: must be https when TLS_CERT_FILE is set',
  },
  {
    broken: ({ adminEmail, adminPasswordFile }) =>
      Boolean(adminEmail) !== Boolean(adminPasswordFile),
    fault: 'ADMIN_EMAIL: needs ADMIN_PASSWORD_FILE, and the other way round',
  },
  {
    broken: ({ brandColor, brandColorDark }) => !brandColor && brandColorDark !== undefined,
    fault: 'BRAND_COLOR_DARK: needs BRAND_COLOR',
  },
  {
    broken: ({ smtpUrl, mailFrom }) => smtpUrl !== undefined && !mailFrom,
    fault: 'SMTP_URL: needs MAIL_FROM, because mail needs a sender',
  },
  {
    broken: ({ smtpUrl, smtpPasswordFile }) =>
      Boolean(smtpPasswordFile) && !/^smtps?:\/\/[^:/@]+@/.test(smtpUrl ?? ''),
    fault: 'SMTP_PASSWORD_FILE: needs a user, and no password, in SMTP_URL',
  },
  {
    broken: ({ refreshTokenSeconds, refreshTokenMaxSeconds }) =>
      refreshTokenSeconds > refreshTokenMaxSeconds,
    fault: 'REFRESH_TOKEN_SECONDS: must not exceed REFRESH_TOKEN_MAX_SECONDS',
  },
  ...PASSWORD_RULES,
  ...REGISTRATION_RULES,
  ...SIGN_IN_RULES,
];

function unknownInsecure({ insecureInProduction: names }: ReturnType<typeof derive>): string[] {
  return names
    .filter((name) => !(INSECURE_SETTINGS as readonly string[]).includes(name))
    .map((name) => `INSECURE_IN_PRODUCTION: there is no setting ${name}`);
}

function insecureInProduction(config: ReturnType<typeof derive>): string[] {
  if (!config.production) return [];
  return config.weakened
    .filter((name) => !config.insecureInProduction.includes(name))
    .map((name) => `${name}: production refuses it unless INSECURE_IN_PRODUCTION names it too`);
}
