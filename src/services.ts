// Everything the surfaces are built on, made once per process. The table of what exists, and in which order.
import { systemClock, type Clock } from './foundation/clock.ts';
import type { Config } from './config.ts';
import { type Appearance, openAppearance } from './http/appearance.ts';
import { mailComposer } from './http/compose-mail.ts';
import { type Languages, openLanguages } from './http/languages.ts';
import { type BotGuard, createBotGuard } from './identity/bot-guard/bot-guard.ts';
import { createPasswordHashing, type PasswordHashing } from './identity/passwords/password-hash.ts';
import { createPasswordChecks, type PasswordChecks } from './identity/passwords/password-checks.ts';
import { createStrengthMeter, type StrengthMeter } from './identity/passwords/password-strength.ts';
import { createPictureDrawing, type PictureDrawing } from './identity/pictures/picture-drawing.ts';
import { type AttemptDelays, createAttemptDelays } from './operations/attempt-delays.ts';
import {
  createThrottleNotices,
  type ThrottleNotices,
} from './identity/sign-in/throttle-notices.ts';
import { createLogger, type Logger } from './operations/log.ts';
import { createOutbox, type Outbox } from './operations/mail/outbox.ts';
import { setPasswordQueueDepth } from './operations/metrics.ts';
import { createRateLimits, type RateLimits } from './operations/rate-limiter.ts';
import { createReadiness, type Readiness } from './operations/readiness.ts';
import { endTokensOfApi } from './protocol/api-tokens.ts';
import { createClientAdapter, type ClientAdapter } from './protocol/clients/client-adapter.ts';
import { type ClientRegistry, createClientRegistry } from './protocol/clients/client-registry.ts';
import { createFreshness, type Freshness } from './protocol/freshness.ts';
import { createLiveProvider, type LiveProvider } from './protocol/live-provider.ts';
import { createSuccession, type Succession } from './protocol/refresh-succession.ts';
import { connectDatabase, type Database } from './storage/database.ts';
import { rememberDatabaseFile } from './storage/database-file.ts';
import { deriveKey, loadSecretKey } from './storage/secret-key.ts';

export interface Services extends ReturnType<typeof deriveKeys> {
  config: Config;
  clock: Clock;
  log: Logger;
  languages: Languages;
  appearance: Appearance;
  db: Database;
  secretKey: Buffer;
  passwordHashing: PasswordHashing;
  passwordChecks: PasswordChecks;
  strengthMeter: StrengthMeter;
  botGuard: BotGuard;
  pictureDrawing: PictureDrawing;
  rateLimits: RateLimits;
  attemptDelays: AttemptDelays;
  throttleNotices: ThrottleNotices;
  readiness: Readiness;
  isDatabaseFileInPlace: () => boolean;
  mail: Outbox;
  onApiEnded: typeof endTokensOfApi;
  freshness: Freshness;
  registry: ClientRegistry;
  succession: Succession;
  clientAdapter: ClientAdapter;
  live: LiveProvider;
  close(): Promise<void>;
}

interface Replacements {
  db?: Database;
  clock?: Clock;
  log?: Logger;
}

/** Connects to the database and makes the services; changes nothing there. */
export async function openServices(config: Config, replace: Replacements = {}): Promise<Services> {
  const { clock = systemClock, log = createLogger(config) } = replace;
  const looks = { languages: openLanguages(config), appearance: openAppearance(config) };
  const secretKey = loadSecretKey(config);
  const keys = deriveKeys(secretKey);
  const db = replace.db ?? (await connectDatabase(config));

  const base = { config, clock, log, ...looks, db, secretKey, ...keys };
  const rateLimits = createRateLimits(base);
  const freshness = createFreshness(base);
  const registry = createClientRegistry({ db, freshness });
  const succession = createSuccession({
    ...base,
    key: keys.successionKey,
    graceSeconds: config.refreshGraceSeconds,
  });
  const clientAdapter = createClientAdapter(base);
  const protocol = { ...base, freshness, registry, succession, clientAdapter };
  const mail = createOutbox({ ...base, composeMail: mailComposer(config, base) });
  const throttleNotices = createThrottleNotices({ ...base, mail });
  return {
    ...protocol,
    live: createLiveProvider(protocol),
    passwordHashing: openPasswordHashing(config),
    passwordChecks: createPasswordChecks(base),
    strengthMeter: createStrengthMeter(base),
    botGuard: createBotGuard(base),
    pictureDrawing: createPictureDrawing(base),
    rateLimits,
    attemptDelays: createAttemptDelays(base),
    throttleNotices,
    readiness: createReadiness(),
    isDatabaseFileInPlace: rememberDatabaseFile(config),
    mail,
    onApiEnded: endTokensOfApi,
    async close() {
      await throttleNotices.close();
      await db.$disconnect();
    },
  };
}

function openPasswordHashing(config: Config): PasswordHashing {
  const limits = {
    concurrency: config.passwordHashConcurrency,
    queue: config.passwordHashQueue,
    onDepth: setPasswordQueueDepth,
  };
  const cost = {
    memoryKib: config.passwordHashMemoryKib,
    passes: config.passwordHashPasses,
    lanes: config.passwordHashLanes,
  };
  return createPasswordHashing(limits, cost);
}

/** One secret, a key for each use of it. */
function deriveKeys(secretKey: Buffer) {
  return {
    stateKey: deriveKey(secretKey, 'protocol state'),
    keySealing: deriveKey(secretKey, 'signing keys'),
    successionKey: deriveKey(secretKey, 'refresh token succession'),
    dpopNonceSecret: deriveKey(secretKey, 'dpop nonces'),
    mailKey: deriveKey(secretKey, 'mail'),
    factorKey: deriveKey(secretKey, 'second factors'),
    mailedCodeKey: deriveKey(secretKey, 'mailed codes'),
    guardKey: deriveKey(secretKey, 'bot guard'),
    csrfKey: deriveKey(secretKey, 'forgery tokens'),
    deviceKey: deriveKey(secretKey, 'device cookies'),
    accountKey: deriveKey(secretKey, 'account sign-in'),
    knownAccountsKey: deriveKey(secretKey, 'known accounts'),
    cookieKeys: [deriveKey(secretKey, 'cookies').toString('base64url')],
  };
}
