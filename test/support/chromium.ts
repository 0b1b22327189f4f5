// Where Chromium is: unpacked once from its npm package, with the libraries (NSS, Expat) and a font that the package
// carries for hosts that have none.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const packageDirectory = join(
  dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
  '../..',
);

export interface Chromium {
  executablePath: string;
  env: Record<string, string>;
}

/** Unpacks it where that has not been done yet, which takes two seconds. */
export function findChromium(): Chromium {
  const directory = join(packageDirectory, '../../.cache/latchkey-chromium');
  if (!existsSync(directory)) unpack(directory);
  return {
    executablePath: join(directory, 'chromium'),
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      LD_LIBRARY_PATH: join(directory, 'al2023/lib'),
      FONTCONFIG_FILE: join(directory, 'fonts/latchkey.conf'),
    },
  };
}

// The package unpacks into the directory for temporary files, and its libraries only where it takes itself to be in
// a certain cloud. Several processes may unpack at a time; the first that is done wins.
function unpack(directory: string) {
  const draft = `${directory}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  const script = `import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())`;
  execFileSync(process.execPath, ['-e', script], {
    cwd: packageDirectory,
    env: { ...process.env, TMPDIR: draft, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' },
  });
  writeFileSync(join(draft, 'fonts/latchkey.conf'), fontConfiguration(directory));
  try {
    renameSync(draft, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
    rmSync(draft, { recursive: true });
  }
}

function fontConfiguration(directory: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${join(directory, 'fonts/fonts')}</dir>
  <cachedir>${join(directory, 'fonts-cache')}</cachedir>
</fontconfig>
`;
}
