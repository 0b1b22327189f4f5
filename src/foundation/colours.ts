// Colours as screens and eyes have them: sRGB in hex, contrast as WCAG 2.2 counts it, and the way through OKLCH to a
// lighter or darker one of the same hue. Knows of no page.

/** `#rrggbb` in small letters; only `readColour` and the arithmetic here make one. */
export type Colour = `#${string}`;

type Triple = readonly [number, number, number];

/** @returns undefined for whatever is not `#rgb` or `#rrggbb`; the # may be missing, as it begins a comment in shells and .env */
export function readColour(text: string): Colour | undefined {
  const digits = /^#?([\da-f]{6}|[\da-f]{3})$/i.exec(text.trim())?.[1]?.toLowerCase();
  if (!digits) return undefined;
  const full = digits.length === 3 ? digits.replaceAll(/./g, '$&$&') : digits;
  return `#${full}`;
}

/** From 1 to 21 (WCAG 2.2, contrast ratio). */
export function contrast(a: Colour, b: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

/** The least of its contrasts with these. */
export function contrastWithAll(colour: Colour, others: readonly Colour[]): number {
  return Math.min(...others.map((other) => contrast(colour, other)));
}

interface Wanted {
  on: readonly Colour[];
  ratio: number;
  /** Which way to go where the contrast is not enough. */
  towards: 'black' | 'white';
}

/** The colour itself where it does, else the nearest of its hue that does: darker or lighter, as wanted. */
export function nearestWithContrast(colour: Colour, { on, ratio, towards }: Wanted): Colour {
  if (contrastWithAll(colour, on) >= ratio) return colour;

  const [lightness, chroma, hue] = toOklch(colour);
  const end = towards === 'black' ? 0 : 1;
  let [tooNear, enough] = [lightness, end];
  for (let step = 0; step < 20; step += 1) {
    const middle = (tooNear + enough) / 2;
    if (contrastWithAll(fromOklch([middle, chroma, hue]), on) >= ratio) enough = middle;
    else tooNear = middle;
  }
  return fromOklch([enough, chroma, hue]);
}

/** That much of the first in the second, from 0 to 1. */
export function mixed(colour: Colour, into: Colour, share: number): Colour {
  const [red, green, blue] = channelsOf(colour);
  const [otherRed, otherGreen, otherBlue] = channelsOf(into);
  const between = (a: number, b: number) => a * share + b * (1 - share);
  return toHex([between(red, otherRed), between(green, otherGreen), between(blue, otherBlue)]);
}

function channelsOf(colour: Colour): Triple {
  const at = (start: number) => Number.parseInt(colour.slice(start, start + 2), 16) / 255;
  return [at(1), at(3), at(5)];
}

const each = ([a, b, c]: Triple, change: (channel: number) => number): Triple => [
  change(a),
  change(b),
  change(c),
];

function toHex(channels: Triple): Colour {
  const bytes = channels.map((channel) => Math.round(Math.min(1, Math.max(0, channel)) * 255));
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

const toLinear = (channel: number) =>
  channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;

const toGamma = (channel: number) =>
  channel <= 0.0031308 ? channel * 12.92 : 1.055 * channel ** (1 / 2.4) - 0.055;

function luminance(colour: Colour): number {
  const [red, green, blue] = each(channelsOf(colour), toLinear);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// The matrices are those of https://bottosson.github.io/posts/oklab/
function toOklch(colour: Colour): Triple {
  const [r, g, b] = each(channelsOf(colour), toLinear);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const lightness = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  const greenRed = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const blueYellow = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return [lightness, Math.hypot(greenRed, blueYellow), Math.atan2(blueYellow, greenRed)];
}

/** What no screen can show loses colour until one can. */
function fromOklch([lightness, chroma, hue]: Triple): Colour {
  const inGamut = (channels: Triple) =>
    channels.every((channel) => channel > -0.0005 && channel < 1.0005);
  let channels = toLinearRgb(lightness, chroma, hue);
  for (let share = 0.98; share > 0 && !inGamut(channels); share -= 0.02) {
    channels = toLinearRgb(lightness, chroma * share, hue);
  }
  return toHex(each(channels, toGamma));
}

function toLinearRgb(lightness: number, chroma: number, hue: number): Triple {
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}
