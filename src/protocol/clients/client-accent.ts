// The colour of a client's pages: whether it can be, and what it is.
import { type Accent, accentOf, faultOfAccent } from '../../foundation/accent.ts';
import { readColour } from '../../foundation/colours.ts';

interface Accents {
  accentColor?: string | undefined;
  accentColorDark?: string | undefined;
}

/** Why colours can't be a client's, or nothing. */
export function faultOfAccents({ accentColor, accentColorDark }: Accents): string | undefined {
  if (accentColorDark !== undefined && accentColor === undefined) {
    return 'accentColorDark: needs accentColor';
  }
  const light = accentColor === undefined ? undefined : faultOfAccent(accentColor, 'light');
  if (light) return `accentColor: ${light}`;
  const dark = accentColorDark === undefined ? undefined : faultOfAccent(accentColorDark, 'dark');
  return dark && `accentColorDark: ${dark}`;
}

/** Nothing where the server's own is shown. */
export function accentOfClient({
  accentColor,
  accentColorDark,
}: {
  accentColor: string | null;
  accentColorDark: string | null;
}): Accent | undefined {
  const light = readColour(accentColor ?? '');
  return light && accentOf(light, readColour(accentColorDark ?? ''));
}
