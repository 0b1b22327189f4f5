// The stylesheet of an accent: what views/assets/latchkey.css leaves to a brand. Its address holds the two colours and
// so all that it is made from: it is the same for everybody, tells nothing, and needs no look into the database.
import {
  type Accent,
  accentOf,
  AWAY,
  BLACK,
  faultOfAccent,
  PAPERS,
  READ_RATIO,
  type Scheme,
  textOn,
  WHITE,
} from '../foundation/accent.ts';
import { type Colour, mixed, nearestWithContrast, readColour } from '../foundation/colours.ts';

const WASH: Record<Scheme, number> = { light: 0.09, dark: 0.18 };
const HOVER = 0.86;

export function accentPath({ light, dark }: Accent): string {
  return `/assets/accent-${light.slice(1)}-${dark.slice(1)}.css`;
}

/** The accent that such a path names; nothing for one that could not be read on our pages. */
export function readAccentPath(path: string): Accent | undefined {
  const [, ...digits] = /^\/assets\/accent-([\da-f]{6})-([\da-f]{6})\.css$/.exec(path) ?? [];
  const [light, dark] = digits.map((text) => readColour(`#${text}`));
  if (!light || !dark) return undefined;
  return faultOfAccent(light, 'light') || faultOfAccent(dark, 'dark')
    ? undefined
    : accentOf(light, dark);
}

export function accentStylesheet(accent: Accent): string {
  const [light, dark] = [tonesOf(accent, 'light'), tonesOf(accent, 'dark')];
  const lines = TOKENS.map((name) => `  --${name}: light-dark(${light[name]}, ${dark[name]});`);
  return `:root {\n${lines.join('\n')}\n}\n`;
}

const TOKENS = ['accent', 'on-accent', 'accent-hover', 'accent-text', 'accent-wash'] as const;

function tonesOf(accent: Accent, scheme: Scheme): Record<(typeof TOKENS)[number], Colour> {
  const colour = accent[scheme];
  const text = textOn(colour);
  const wash = mixed(colour, PAPERS[scheme][1] ?? colour, WASH[scheme]);
  return {
    accent: colour,
    'on-accent': text,
    // Away from the text on it, so that pressing makes nothing harder to read.
    'accent-hover': mixed(colour, text === WHITE ? BLACK : WHITE, HOVER),
    'accent-text': nearestWithContrast(colour, {
      on: [...PAPERS[scheme], wash],
      ratio: READ_RATIO,
      towards: AWAY[scheme],
    }),
    'accent-wash': wash,
  };
}
