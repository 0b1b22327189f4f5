// The order in which the folders may see each other: a folder imports only from those before it.
// config.ts, the settings and setting-kinds.ts stand outside: everybody may be given a Config.
const order = [
  'foundation',
  'storage',
  'operations',
  'http',
  'authorization',
  'identity',
  'protocol',
];
const outermost = [
  'account',
  'admin',
  'scim',
  'cli',
  'playground',
  'home',
  'mailbox',
  'server',
  'app.ts',
  'installation.ts',
  'main.ts',
  'services.ts',
];

// Third-party packages that have one doorway, so that replacing one means editing one place.
const doorways = {
  'node_modules/(@prisma|pg|better-sqlite3)/': '^src/storage/',
  '^src/storage/generated/': '^src/storage/|-store\\.ts$',
  'node_modules/(koa|@koa)/': '^src/(app\\.ts|http/|protocol/)|-(routes|api|pages)\\.ts$',
  'node_modules/oidc-provider/': '^src/protocol/',
  'node_modules/argon2/': '^src/identity/passwords/password-hash\\.ts$',
  'node_modules/bcryptjs/': '^src/identity/passwords/bcrypt-worker\\.ts$',
  'node_modules/@zxcvbn-ts/': '^src/identity/passwords/strength-worker\\.ts$',
  'node_modules/sharp/': '^src/identity/pictures/picture-worker\\.ts$',
  'node_modules/@fastify/busboy/': '^src/http/upload\\.ts$',
  'node_modules/otpauth/': '^src/identity/second-factors/totp-code\\.ts$',
  'node_modules/@simplewebauthn/': '^src/identity/passkeys/webauthn\\.ts$',
  'node_modules/uqr/': '^src/http/qr-code\\.ts$',
  'node_modules/openid-client/': '^src/(identity/federation/|playground/relying-party\\.ts$)',
  'node_modules/commander/': '^src/cli/',
  'node_modules/eta/': '^src/http/templates\\.ts$',
  'node_modules/nodemailer/': '^src/operations/mail/smtp-transport\\.ts$',
  'node_modules/pino/': '^src/operations/log\\.ts$',
  'node_modules/prom-client/': '^src/operations/',
  'node_modules/rate-limiter-flexible/': '^src/operations/',
  'node_modules/undici/': '^src/foundation/safe-fetch\\.ts$',
  'node_modules/dotenv/': '^src/server/environment\\.ts$',
};

const forbid = (name, from, to) => ({ name, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    forbid('no-cycles', {}, { circular: true }),
    forbid('imports-exist', {}, { couldNotResolve: true }),
    ...order.map((layer, i) =>
      forbid(
        `${layer}-looks-down-only`,
        { path: `^src/${layer}/` },
        { path: `^src/(${[...order.slice(i + 1), ...outermost].join('|')})(/|$)` },
      ),
    ),
    forbid(
      'configuration-knows-nobody',
      {
        path: '^src/(config|branding-settings|password-settings|registration-settings|settings|sign-in-settings|setting-kinds)\\.ts$',
      },
      {
        path: '^src/',
        pathNot:
          '^src/((config|branding-settings|password-settings|registration-settings|settings|sign-in-settings|setting-kinds)\\.ts|foundation/)',
      },
    ),
    ...Object.entries(doorways).map(([target, doorway]) =>
      forbid(`one-doorway: ${target}`, { path: '^src/', pathNot: doorway }, { path: target }),
    ),
    forbid(
      'a-store-is-private-to-its-slice',
      { path: '^src/(.+)/[^/]+$' },
      { path: '-store\\.ts$', pathNot: '^src/$1/' },
    ),
    forbid(
      'rules-know-no-http',
      { path: '^src/(identity|authorization|operations)/', pathNot: '-routes\\.ts$' },
      { path: '^src/http/' },
    ),
    forbid('no-test-code-in-src', { path: '^src/' }, { path: '^(test|bench)/' }),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
    doNotFollow: { path: ['node_modules', 'src/storage/generated'] },
  },
};
