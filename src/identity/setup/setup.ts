// What this installation is: one row, made by whichever process comes first, that also proves the secret key and says
// whether the first administrator is still to come. Every function may be called by any number of processes at once.
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import { hashSecret } from '../../foundation/secrets.ts';
import { singleLine } from '../../foundation/single-line.ts';
import { type Database, transact } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';
import { seal, unseal } from '../../storage/sealed-value.ts';
import { deriveKey } from '../../storage/secret-key.ts';
import { draftUser, insertDraft, type NewPasswordDeps, namedConflict } from '../users/new-user.ts';
import type { User } from '../users/users.ts';
import * as store from './installation-store.ts';

const PURPOSE = 'seal check';
const KNOWN_TEXT = 'latchkey';

interface Deps {
  db: Database;
  clock: Clock;
}

/**
 * Makes the installation's row where it is missing.
 * @throws DomainError `unavailable` `wrong_secret_key` when this process cannot open what another one sealed
 */
export async function ensureInstallation({
  db,
  clock,
  secretKey,
}: Deps & { secretKey: Buffer }): Promise<void> {
  const key = deriveKey(secretKey, PURPOSE);
  const found = await store.find(db);
  if (!found) await insertUnlessThere(db, seal(key, KNOWN_TEXT, PURPOSE), clock.now());

  const installation = found ?? (await store.find(db));
  assertOpens(key, installation?.sealCheck ?? '');
}

/** Whether the first administrator is still to come. */
export async function isSetupPending({ db }: Pick<Deps, 'db'>): Promise<boolean> {
  return (await store.find(db))?.setupAt === null;
}

/**
 * The token of the setup link; nothing when setup is done. Derived from the secret key and this installation, so that
 * all nodes that start give out the same link, and none ends another's.
 */
export async function issueSetupToken({
  db,
  secretKey,
}: Pick<Deps, 'db'> & { secretKey: Buffer }): Promise<string | undefined> {
  const installation = await store.find(db);
  if (!installation) return undefined;

  // The seal check holds random bytes: another installation with the same key has another token.
  const key = deriveKey(secretKey, 'setup link');
  const token = createHmac('sha256', key).update(installation.sealCheck).digest('base64url');
  return (await store.acceptSetupToken(db, hashSecret(token))) ? token : undefined;
}

interface BootstrapDeps extends Deps, NewPasswordDeps {
  config: Pick<Config, 'adminEmail' | 'adminPasswordFile'>;
}

/**
 * Makes the administrator of ADMIN_EMAIL and ADMIN_PASSWORD_FILE while setup is pending; else it does nothing.
 * @throws DomainError `invalid` `admin_password_unreadable`, and those of createUser
 */
export async function bootstrapAdministrator(deps: BootstrapDeps): Promise<User | undefined> {
  const { adminEmail: email, adminPasswordFile: file } = deps.config;
  if (!email || !file || !(await isSetupPending(deps))) return undefined;

  const person = {
    login: email,
    email,
    password: await readPasswordFile(file),
    administrator: true,
  };
  const draft = await draftUser(deps, person);
  const act = { at: deps.clock.now(), actor: { type: 'system' } } as const;
  try {
    return await transact(deps.db, async (tx) =>
      // Of several nodes, one finds setup pending; the others wait for it and find it done.
      (await store.withdrawSetupToken(tx)) ? insertDraft(tx, draft, act) : undefined,
    );
  } catch (error) {
    throw await namedConflict(deps.db, draft, error);
  }
}

async function insertUnlessThere(db: Database, sealCheck: string, at: Date): Promise<void> {
  try {
    await store.insert(db, sealCheck, at);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
}

function assertOpens(key: Buffer, sealCheck: string): void {
  try {
    unseal(key, sealCheck, PURPOSE);
  } catch (cause) {
    const message =
      'The secret key is not the one that this database was made with, so its signing keys cannot be opened. ' +
      'Set SECRET_KEY (or SECRET_KEY_FILE, or the file secret-key in DATA_DIR) to the former key.';
    throw new DomainError('unavailable', 'wrong_secret_key', message, { cause });
  }
}

async function readPasswordFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(`${path} cannot be read.`, cause);
  });
  const password = singleLine(text);
  if (password === undefined) throw unreadable(`${path} must hold one line, the password.`);
  return password;
}

function unreadable(reason: string, cause?: unknown): DomainError {
  const message = `ADMIN_PASSWORD_FILE: ${reason}`;
  return new DomainError('invalid', 'admin_password_unreadable', message, { cause });
}
