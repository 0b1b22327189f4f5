// The last guard before a text reaches a log: whatever looks like a credential is masked, and what could forge a line
// or drive a terminal is taken out. It is not a licence to log secrets; it is for the day when somebody does.

const MASK = '[redacted]';

const CREDENTIALS: [RegExp, string][] = [
  // JWT and JWE in compact form, also cut off.
  [/\beyJ[\w-]+(?:\.[\w-]*)*/g, MASK],
  [/\b(Basic|Bearer|DPoP)\s+[\w+/=.~-]{8,}/gi, `$1 ${MASK}`],
  // Connection strings: scheme://user:password@host.
  [/(:\/\/[^\s:/@]*):[^\s/@]+@/g, `$1:${MASK}@`],
  [
    /\b(password|client_secret|client_assertion|code|code_verifier|device_code|user_code|state|nonce|\w*token(?:_hint)?)=[^\s&"']+/gi,
    `$1=${MASK}`,
  ],
  // Our own secrets and the provider's have 43 characters; a UUID has 36.
  [/[\w-]{40,}/g, MASK],
];

// Controls (line breaks, ANSI escapes) and formats that hide or reorder text.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

// In whatever spelling: access_token, accessToken, ACCESS_TOKEN.
const SECRET_KEYS = new Set(
  [
    'authorization cookie setCookie password passwordHash secret secretHash secretKey clientSecret clientAssertion',
    'token accessToken refreshToken idToken idTokenHint setupToken registrationAccessToken code codeVerifier',
    'deviceCode userCode csrf xsrf jti databaseUrl smtpUrl body query',
  ].flatMap((names) => names.toLowerCase().split(' ')),
);
const DEEPEST = 4;

/** Replaces the values of keys that tend to hold secrets, at any depth; the given object stays as it is. */
export function redactKeys(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    kept[key] = isSecretKey(key) ? MASK : redactWithin(value, depth + 1);
  }
  return kept;
}

function redactWithin(value: unknown, depth: number): unknown {
  if (!Array.isArray(value) && !isPlainObject(value)) return value;
  if (depth > DEEPEST) return MASK;
  return Array.isArray(value)
    ? value.map((item) => redactWithin(item, depth + 1))
    : redactKeys(value, depth);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isSecretKey(key: string): boolean {
  return SECRET_KEYS.has(key) || SECRET_KEYS.has(key.replaceAll(/[_-]/g, '').toLowerCase());
}

export function maskSecrets(text: string): string {
  return CREDENTIALS.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), text);
}

/** For text that callers chose, such as paths and names. @param most characters that are kept */
export function printable(text: string, most = 256): string {
  return text.slice(0, most).replace(UNPRINTABLE, '');
}
