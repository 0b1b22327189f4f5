// What the values of settings can be: the schemas that several of them share, or that are more than a word.
import * as z from 'zod';
import { faultOfAccent, type Scheme } from './foundation/accent.ts';
import { isAddressRange } from './foundation/address-list.ts';
import { readColour } from './foundation/colours.ts';
import { isDatabaseUrl } from './foundation/database-url.ts';

/** With what it means, for those who read the documentation. */
export const setting = <S extends z.ZodType>(schema: S, meaning: string) => ({ schema, meaning });

export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
// Number() would take a blank for 0, and 1e3 and 0x10 for what they look like.
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  z.preprocess(
    (text) => (typeof text === 'string' && /^\d+$/.test(text.trim()) ? Number(text) : text),
    z.number('must be a whole number').int().min(least).max(most),
  );
export const seconds = (fallback: number, least = 1) => whole(least).default(fallback);
export const count = (fallback: number, least = 1, most = Number.MAX_SAFE_INTEGER) =>
  whole(least, most).default(fallback);
export const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  );

export const addresses = list.superRefine((entries, ctx) => {
  for (const entry of entries.filter((one) => !isAddressRange(one))) {
    ctx.addIssue({ code: 'custom', message: `${entry} is neither an address nor a CIDR range` });
  }
});
export const path = z.string().min(1).optional();
/** A page of the deployment's own: others can be neither listened to nor changed on the way there. */
export const webPage = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .optional();
export const shownName = z
  .string()
  .regex(/^[^\p{C}<>":]{1,60}$/u, 'must have 1 to 60 characters, none of them < > " or :');
export const accentColour = (scheme: Scheme) =>
  z
    .string()
    .transform((text, ctx) => {
      const fault = faultOfAccent(text, scheme);
      if (fault) ctx.addIssue({ code: 'custom', message: fault });
      return readColour(text);
    })
    .optional();

const DATABASE_URL_FAULT =
  'must be a URL such as postgresql://user:password@host:5432/database, in which special characters of the user and the password are percent-encoded (# as %23, / as %2F, % as %25)';

export const smtpUrl = z
  .string()
  .refine(isSmtpUrl, 'must be smtp:// or smtps:// with a host and nothing after its port')
  .optional();
// `id@example.com` or `Example <id@example.com>`; what else could end a header or add a recipient is no sender.
export const sender = z
  .string()
  .regex(
    /^([^\p{C}<>@",;:\\]+ <[^\s\p{C}<>@",;:\\]+@[\w.-]+>|[^\s\p{C}<>@",;:\\]+@[\w.-]+)$/u,
    'must be an address, or a name and an address in angle brackets',
  )
  .optional();

function isSmtpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, hash } = new URL(text);
  return /^smtps?:$/.test(protocol) && hostname !== '' && /^\/?$/.test(pathname + search + hash);
}

export const databaseUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, { error: 'must start with postgresql://', abort: true })
  .refine(isDatabaseUrl, DATABASE_URL_FAULT)
  .optional();
