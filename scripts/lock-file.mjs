// npm run lock, after `npm install` has changed package-lock.json: puts back what makes `npm ci` work everywhere.
// With --check it writes nothing, and fails when something is missing.
//
// A registry that lacks a package for another platform makes npm leave it out of the lock file, which `npm ci` then
// calls incomplete. It does not notice when our `engines` alone have changed. And it forgets that a package says
// `gypfile: false`, and would compile what is there already.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'arm', 'riscv64', 's390x', 'ppc64', 'loong64'];

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const text = readFileSync(path, 'utf8');
const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const complete = `${JSON.stringify(completed(JSON.parse(text)), null, 2)}\n`;

if (process.argv.includes('--check')) {
  if (text !== complete)
    console.error('package-lock.json is not complete. Complete it: npm run lock');
  process.exitCode = text === complete ? 0 : 1;
} else if (text !== complete) {
  writeFileSync(path, complete);
  console.log('completed package-lock.json');
}

function completed(lock) {
  const { '': project, ...packages } = lock.packages;
  for (const [place, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const isThere = packages[`${place}/node_modules/${name}`] ?? packages[`node_modules/${name}`];
      if (!isThere) packages[`node_modules/${name}`] = forAnotherPlatform(name, version, entry);
    }
  }
  packages['node_modules/better-sqlite3'].gypfile = false;
  const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lock, packages: { '': { ...project, engines }, ...Object.fromEntries(sorted) } };
}

// The names of these packages end in their platform: binding-linux-arm64-musl.
function forAnotherPlatform(name, version, { dev }) {
  const words = name.split(/[/-]/);
  const named = (options) => options.filter((option) => words.includes(option));
  const libc =
    words.includes('linux') && words.some((word) => word.startsWith('gnu')) ? ['glibc'] : [];
  if (words.some((word) => word.startsWith('musl'))) libc.push('musl');
  return {
    version,
    cpu: named(PROCESSORS),
    ...(dev && { dev }),
    ...(libc.length > 0 && { libc }),
    optional: true,
    os: named(SYSTEMS),
  };
}
