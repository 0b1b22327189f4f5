// An authenticator app, as far as codes go.
import { Secret, TOTP } from 'otpauth';

/** The code that the app shows at a time. */
export function codeAt(seed: string, at: Date): string {
  return new TOTP({ secret: Secret.fromBase32(seed.replaceAll(' ', '')) }).generate({
    timestamp: at.getTime(),
  });
}

/** A code that is none, at any time near by. */
export function wrongCodeAt(seed: string, at: Date): string {
  const near = [-60, -30, 0, 30, 60].map((seconds) =>
    codeAt(seed, new Date(at.getTime() + seconds * 1000)),
  );
  const some = ['000000', '111111', '222222', '333333', '444444', '555555'];
  return some.find((code) => !near.includes(code)) ?? '';
}
