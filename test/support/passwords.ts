// Passwords as a server with the default settings takes them, for tests that have a database and no server.
import { createPasswordChecks } from '../../src/identity/passwords/password-checks.ts';
import { createPasswordHashing } from '../../src/identity/passwords/password-hash.ts';
import { createLogger } from '../../src/operations/log.ts';

export const passwordHashing = createPasswordHashing({ concurrency: 2, queue: 100 });

export const passwordChecks = createPasswordChecks({
  config: {
    issuerUrl: new URL('http://localhost:3000'),
    brandName: 'Latchkey',
    passwordMinCharacters: 15,
    passwordMinCharactersWithSecondFactor: 8,
    passwordBreachCheckUrl: undefined,
    insecurePrivateAddresses: false,
  },
  log: createLogger({ logLevel: 'silent' }),
});
