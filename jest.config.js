// Four projects: plain values (*.unit.test.ts), the same tests on both engines (*.test.ts; *.sqlite.test.ts and
// *.postgresql.test.ts on that one alone), and a browser (*.browser.test.ts).
const common = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/', '/src/storage/generated/.*\\.js$'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/data'],
};

const unit = '<rootDir>/test/**/*.unit.test.ts';
const browser = '<rootDir>/test/**/*.browser.test.ts';

const onEngine = (engine, other) => ({
  ...common,
  displayName: engine,
  globals: { ENGINE: engine },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: [`\\.(unit|browser|${other})\\.test\\.ts$`],
});

/** @type {import('jest').Config} */
export default {
  maxWorkers: 2,
  testTimeout: 30_000,
  // Every test file loads its own copy of the server; a worker that has grown is replaced.
  workerIdleMemoryLimit: '1GB',
  projects: [
    { ...common, displayName: 'unit', testMatch: [unit] },
    onEngine('sqlite', 'postgresql'),
    {
      ...onEngine('postgresql', 'sqlite'),
      globalSetup: '<rootDir>/test/support/postgres-setup.mjs',
      globalTeardown: '<rootDir>/test/support/postgres-teardown.mjs',
    },
    { ...common, displayName: 'browser', globals: { ENGINE: 'sqlite' }, testMatch: [browser] },
  ],
};
