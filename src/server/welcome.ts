import type { Config } from '../config.ts';

/** What to do next, for the terminal. */
export function welcome(
  { issuer, developmentPages, weakened }: Config,
  setupUrl: string | undefined,
): string {
  const lines = [
    '',
    `  Latchkey is ready at ${issuer}`,
    ...(setupUrl
      ? ['', '  Make the first administrator (this link works once):', `    ${setupUrl}`]
      : []),
    ...(developmentPages ? ['', `  Try a sign-in, step by step:  ${issuer}/playground`] : []),
    '  Register an application:      bin/latchkey client create --help',
    // In the log too, as warnings: nobody reads those who logs errors alone.
    ...(weakened.length > 0 ? ['', `  Protections that are off: ${weakened.join(', ')}`] : []),
    '',
  ];
  return `${lines.join('\n')}\n`;
}
