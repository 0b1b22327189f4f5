import type { Config } from '../config.ts';

/** What to do next, for the terminal. */
export function welcome(
  { issuer, developmentPages }: Config,
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
    '',
  ];
  return `${lines.join('\n')}\n`;
}
