// The doorway for forms that programs like to fill in: what such a form holds besides its fields, and whether what came
// back with it is good. It slows programs down and stops no determined one: the rate limits hold in any case.
import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { isFirstInPeriod } from '../../operations/once-per-period.ts';
import type { Logger } from '../../operations/log.ts';
import { type Database, transact } from '../../storage/database.ts';
import { type CaptchaSettings, createCaptcha } from './captcha.ts';
import { CHALLENGE_SECONDS, newChallenge, solvedChallenge } from './proof-of-work.ts';

/** What the page shows: nothing, a puzzle for its script, or the widget of a captcha. */
export type GuardTask =
  | undefined
  | { challenge: string }
  | { captcha: { siteKey: string; script: string; sources: readonly string[] } };

/** By the names of their fields; of a form without a guard they are empty. */
export interface GuardAnswer {
  solution: string;
  captcha: string;
}

export interface BotGuard {
  /** @param form names the form and what it is about: an answer is good for this one alone */
  taskFor(form: string): GuardTask;
  /** @throws DomainError `invalid` `guard_not_passed`; an answer is good once */
  assertPassed(form: string, answer: GuardAnswer, facts: RequestFacts): Promise<void>;
}

interface Deps {
  config: Pick<Config, 'botGuard'> & CaptchaSettings;
  db: Database;
  clock: Clock;
  log: Pick<Logger, 'warn'>;
  /** 32 bytes, the same on every node. */
  guardKey: Buffer;
}

export function createBotGuard(deps: Deps): BotGuard {
  return GUARDS[deps.config.botGuard](deps);
}

const GUARDS: Record<Config['botGuard'], (deps: Deps) => BotGuard> = {
  off: () => ({ taskFor: () => undefined, assertPassed: () => Promise.resolve() }),
  'proof-of-work': (deps) => ({
    taskFor: (form) => ({ challenge: newChallenge(occasion(deps, form)) }),
    async assertPassed(form, { solution }) {
      const solved = solvedChallenge(occasion(deps, form), solution);
      if (solved === undefined || !(await isUnused(deps, solved))) throw notPassed();
    },
  }),
  captcha: (deps) => {
    const { captchaScriptUrl: script = '', captchaSiteKey: siteKey = '' } = deps.config;
    const sources = [new URL(script).origin, ...deps.config.captchaSources];
    const captcha = createCaptcha(deps);
    return {
      taskFor: () => ({ captcha: { siteKey, script, sources } }),
      async assertPassed(_, answer, { address }) {
        if (!(await captcha.isGood(answer.captcha, address))) throw notPassed();
      },
    };
  },
};

const occasion = ({ guardKey, clock }: Deps, form: string) => ({
  key: guardKey,
  form,
  now: clock.now(),
});

/** One row per challenge, by whose count the database lets one of many use it. */
function isUnused({ db, clock }: Deps, challenge: string): Promise<boolean> {
  const period = { name: `proof-of-work:${challenge}`, seconds: CHALLENGE_SECONDS };
  return transact(db, (tx) => isFirstInPeriod(tx, period, clock.now()));
}

/** For a page that shows its form again, with another task. */
export function isGuardRefusal(error: unknown): error is DomainError {
  return error instanceof DomainError && error.code === NOT_PASSED;
}

const NOT_PASSED = 'guard_not_passed';

function notPassed(): DomainError {
  const message = 'It could not be made sure that a person sent this. Send it once more.';
  return new DomainError('invalid', NOT_PASSED, message);
}
