// How wide and high a logo is, as far as its first bytes say: enough to tell a mark from a word. It draws nothing.

interface Shape {
  width: number;
  height: number;
}

/** Nothing when it isn't such an image. An SVG that does not say is taken for a square. */
export function logoShape(content: Buffer, extension: '.svg' | '.png'): Shape | undefined {
  return extension === '.png' ? pngShape(content) : svgShape(content.toString('utf8'));
}

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The first chunk is always IHDR (PNG, §11.2.1). */
function pngShape(content: Buffer): Shape | undefined {
  const isPng = content.length >= 24 && content.subarray(0, 8).equals(PNG_SIGNATURE);
  if (!isPng) return undefined;
  return { width: content.readUInt32BE(16), height: content.readUInt32BE(20) };
}

function svgShape(text: string): Shape | undefined {
  const root = /<svg[\s>][^>]*/.exec(text.slice(0, 10_000))?.[0];
  if (root === undefined) return undefined;
  const box =
    /\bviewBox\s*=\s*["']([^"']*)["']/
      .exec(root)?.[1]
      ?.trim()
      .split(/[\s,]+/) ?? [];
  const [width, height] = [Number(box[2]), Number(box[3])];
  return width > 0 && height > 0 ? { width, height } : { width: 1, height: 1 };
}
