import { expect, test } from '@jest/globals';
import { openLanguages } from '../../src/http/languages.ts';
import { refusalText } from '../../src/http/refusal-texts.ts';

const languages = openLanguages();
const rateLimited = (retryAfterSeconds: number) => ({
  code: 'rate_limited',
  message: 'Too many attempts.',
  retryAfterSeconds,
});

test.each([
  [0.2, 'en', 'Try again in 1 second.'],
  [15.1, 'en', 'Try again in 16 seconds.'],
  [16, 'de', '16 Sekunden'],
  [60, 'en', 'Try again in 1 minute.'],
  [128, 'en', 'Try again in 2 minutes.'],
  [900, 'fr', '15 minutes'],
])('whoever has to wait for %d seconds is told so in %s', (seconds, lang, text) => {
  const language = languages.nearest([lang]);
  expect(refusalText(language, rateLimited(seconds))).toContain(text);
});
