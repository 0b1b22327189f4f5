// The colour of a brand on our pages: one for light pages, one for dark ones. One that is taken can be told from the page
// it is on (WCAG 2.2 §1.4.11) and has a readable text on it (§1.4.3), whoever's eyes look.
import { type Colour, contrastWithAll, nearestWithContrast, readColour } from './colours.ts';

export interface Accent {
  light: Colour;
  dark: Colour;
}

export type Scheme = keyof Accent;

const fixed = (text: string) => readColour(text) ?? missing(text);

/** What pages are made of, and mails: --paper and --sheet of views/assets/latchkey.css. */
export const PAPERS: Record<Scheme, readonly Colour[]> = {
  light: [fixed('#f6f4ef'), fixed('#fffefb')],
  dark: [fixed('#131211'), fixed('#1b1a18')],
};

export const BLACK = fixed('#000000');
export const WHITE = fixed('#ffffff');

/** Of what is to be seen, and of what is to be read. */
export const SEEN_RATIO = 3;
export const READ_RATIO = 4.5;

export const AWAY: Record<Scheme, 'black' | 'white'> = { light: 'black', dark: 'white' };

/** Why a colour can't be the accent there, with one that can, or nothing. */
export function faultOfAccent(text: string, scheme: Scheme): string | undefined {
  const colour = readColour(text);
  if (!colour) return 'must be a colour such as 0a58ca';

  const ratio = contrastWithAll(colour, PAPERS[scheme]);
  if (ratio >= SEEN_RATIO) return undefined;
  const shown = (Math.floor(ratio * 100) / 100).toFixed(2);
  const nearest = nearestOn(colour, scheme);
  return `${colour} has a contrast of ${shown}:1 on ${scheme} pages and needs ${SEEN_RATIO}:1; the nearest that does is ${nearest}`;
}

/** @param dark the nearest to the light one that does, if absent */
export function accentOf(light: Colour, dark?: Colour): Accent {
  return { light, dark: dark ?? nearestOn(light, 'dark') };
}

/** Black or white, whichever is read more easily: one of them always is. */
export function textOn(colour: Colour): Colour {
  return contrastWithAll(colour, [WHITE]) >= READ_RATIO ? WHITE : BLACK;
}

function nearestOn(colour: Colour, scheme: Scheme): Colour {
  return nearestWithContrast(colour, {
    on: PAPERS[scheme],
    ratio: SEEN_RATIO,
    towards: AWAY[scheme],
  });
}

function missing(text: string): never {
  throw new TypeError(`${text} is no colour.`);
}
