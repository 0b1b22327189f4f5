// Asks a captcha's service whether an answer of its widget is good: the siteverify call that Turnstile, hCaptcha and
// reCAPTCHA share. Where the service fails, nobody passes: whoever could make it fail would pass otherwise.
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { Config } from '../../config.ts';
import { createSafeFetch } from '../../foundation/safe-fetch.ts';
import { singleLine } from '../../foundation/single-line.ts';
import type { Logger } from '../../operations/log.ts';

export type CaptchaSettings = Pick<
  Config,
  | 'captchaScriptUrl'
  | 'captchaSources'
  | 'captchaVerifyUrl'
  | 'captchaSiteKey'
  | 'captchaSecretFile'
  | 'insecurePrivateAddresses'
>;

export interface Captcha {
  isGood(answer: string, address: string): Promise<boolean>;
}

const MAX_ANSWER_BYTES = 64 * 1024;

const verdict = z.object({ success: z.boolean() });

export function createCaptcha({
  config,
  log,
}: {
  config: CaptchaSettings;
  log: Pick<Logger, 'warn'>;
}): Captcha {
  const safeFetch = createSafeFetch({ allowPrivateAddresses: config.insecurePrivateAddresses });
  return {
    async isGood(answer, address) {
      if (answer === '') return false;
      try {
        const secret = singleLine(await readFile(config.captchaSecretFile ?? '', 'utf8')) ?? '';
        const response = await safeFetch(config.captchaVerifyUrl ?? '', {
          method: 'POST',
          body: new URLSearchParams({ secret, response: answer, remoteip: address }),
        });
        return verdict.parse(JSON.parse(await readText(response))).success;
      } catch (err) {
        log.warn({ err }, 'a captcha could not be verified, and nobody passes');
        return false;
      }
    },
  };
}

async function readText(response: Response): Promise<string> {
  if (!response.ok || !response.body) throw new Error(`The captcha answered ${response.status}.`);

  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.length > MAX_ANSWER_BYTES) throw new Error('The captcha answered too much.');
  }
  return text;
}
