// Whether a password is in a published breach, as the range API of Have I Been Pwned tells it: we send the first five
// digits of the password's SHA-1 and compare the rest of the digits ourselves, so the service learns no password, and
// padding keeps the size of its answer from telling which range was asked for.
//
// Where the service fails, the password passes: it has met everything else that is asked of it by then, and the
// service of somebody else must not be able to keep people from choosing one. The log says so.
import { hash } from 'node:crypto';
import { createSafeFetch } from '../../foundation/safe-fetch.ts';
import type { Config } from '../../config.ts';
import type { Logger } from '../../operations/log.ts';

const MILLISECONDS = 2000;
const MAX_ANSWER_BYTES = 1024 * 1024;
const PREFIX_DIGITS = 5;

export interface BreachCheck {
  /** @param password as it will be hashed */
  includes(password: string): Promise<boolean>;
}

interface Deps {
  config: Pick<Config, 'passwordBreachCheckUrl' | 'insecurePrivateAddresses'>;
  log: Pick<Logger, 'warn'>;
}

/** Asks nobody unless PASSWORD_BREACH_CHECK_URL is set. */
export function createBreachCheck({ config, log }: Deps): BreachCheck {
  const { passwordBreachCheckUrl: url, insecurePrivateAddresses } = config;
  if (url === undefined) return { includes: () => Promise.resolve(false) };

  const safeFetch = createSafeFetch({ allowPrivateAddresses: insecurePrivateAddresses });
  return {
    async includes(password) {
      const digits = hash('sha1', password, 'hex').toUpperCase();
      try {
        const range = await readRange(safeFetch, url, digits.slice(0, PREFIX_DIGITS));
        return isCounted(range, digits.slice(PREFIX_DIGITS));
      } catch (err) {
        log.warn({ err }, 'the breach check failed: a new password passed without it');
        return false;
      }
    },
  };
}

async function readRange(safeFetch: typeof fetch, url: string, prefix: string): Promise<string> {
  const response = await safeFetch(`${url.replace(/\/$/, '')}/${prefix}`, {
    headers: { 'Add-Padding': 'true', 'User-Agent': 'latchkey' },
    signal: AbortSignal.timeout(MILLISECONDS),
  });
  if (!response.ok || !response.body)
    throw new Error(`The breach check answered ${response.status}.`);

  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.length > MAX_ANSWER_BYTES) throw new Error('The breach check answered too much.');
  }
  return text;
}

/** Lines of `SUFFIX:COUNT`; those that are padding count 0. */
function isCounted(range: string, suffix: string): boolean {
  return range.split(/\r?\n/).some((line) => {
    const [found, count] = line.split(':', 2);
    return found?.toUpperCase() === suffix && Number(count) > 0;
  });
}
