// Draws a picture anew, in a process of its own (foundation/one-off-process.ts): an image in, a small square one out, or
// the exit code that says that it can't be drawn. Nothing of the file survives but what is to be seen: no metadata, no
// bytes behind the image. The doorway of sharp.
import sharp from 'sharp';

const MAX_PIXELS = 25_000_000;
const SIDE_PIXELS = 256;

// Only the decoders of the formats that are offered; the library knows many more.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
});
sharp.concurrency(1);

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk);

try {
  // The size in the header is looked at before anything is decoded.
  const drawn = await sharp(Buffer.concat(chunks), {
    limitInputPixels: MAX_PIXELS,
    failOn: 'warning',
  })
    .autoOrient()
    .resize(SIDE_PIXELS, SIDE_PIXELS, { fit: 'cover' })
    .toColourspace('srgb')
    .webp({ quality: 85 })
    .toBuffer();
  process.stdout.write(drawn);
} catch {
  // Whatever is wrong with it, it is no picture that we can use.
  process.exitCode = 2;
}
