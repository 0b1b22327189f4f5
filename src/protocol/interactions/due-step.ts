// Which page an interaction is at, decided from what is stored whenever a browser comes: so a reload, the back button
// and a second tab all lead to the step that is due, and none can be left out.
import type { Interaction } from 'oidc-provider';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { hasSecondFactor } from '../../identity/second-factors/second-factors.ts';
import { findProfile } from '../accounts/account-claims.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import { maxAgeOf, proofsOf } from './assurance.ts';
import { levelFor } from './demand.ts';
import { CREATE, GOES_ON, SELECT_ACCOUNT } from './interaction-policy.ts';
import {
  accountOf,
  clientOf,
  type InteractionDeps,
  type OwnResults,
  readInteraction,
  resultsOf,
  type Step,
  urlOf,
  type Within,
} from './interaction.ts';
import { nextStep, type Proof, type Situation } from './next-step.ts';
import { type Pendent, pendingOf } from './pending-actions.ts';
import { type DueStep, dueStep, isKnown } from './required-actions.ts';

type Deps = Within<Pick<InteractionDeps, 'config' | 'db' | 'clock'>>;

/** The interaction, if this step is due; else the browser is sent to the one that is. */
export async function at(
  deps: InteractionDeps,
  ctx: Context,
  step: Step,
): Promise<Interaction | undefined> {
  const interaction = await readInteraction(deps, ctx);
  const due = await stepOf(deps, interaction);
  if (isOpen(step, due)) return interaction;
  goTo(ctx, urlOf(interaction, due));
  return undefined;
}

/** Until somebody has proved who they are, they may sign in or create an account, whichever was meant at first. */
const INSTEAD: Partial<Record<Step, readonly Step[]>> = {
  'select-account': ['login', 'create'],
  login: ['create'],
  create: ['login'],
  'confirm-address': ['login', 'create'],
};

/** Whether the browser may be at that step, where another may be due. */
export const isOpen = (step: Step, due: Step): boolean =>
  due === step || INSTEAD[due]?.includes(step) === true;

export function goTo(ctx: Context, url: string): void {
  ctx.status = 303;
  ctx.redirect(url);
}

export async function stepOf(deps: InteractionDeps, interaction: Interaction): Promise<Step> {
  const results = resultsOf(interaction);
  const stored = STORED.find(({ when }) => when(results, interaction.prompt.name))?.step;
  if (stored) return stored;

  const client = await clientOf(deps, interaction);
  const page = PAGE[(await dueOf(deps, interaction, { client })).step];
  return page === 'login' ? entranceOf(interaction) : page;
}

function entranceOf(interaction: Interaction): Step {
  const { switchAccount, proved, registration } = resultsOf(interaction);
  if (proved) return 'login';
  if (registration) return 'confirm-address';
  return interaction.prompt.name === CREATE && !switchAccount ? 'create' : 'login';
}

/** What is decided by what the interaction holds alone. The first row that applies. */
const STORED: readonly { step: Step; when: (results: OwnResults, prompt: string) => boolean }[] = [
  // Another tab, or a button pressed twice, was here before.
  {
    step: 'finished',
    when: (results) =>
      'error' in results || results.consent !== undefined || SELECT_ACCOUNT in results,
  },
  { step: 'consent', when: ({ login }) => login !== undefined },
  {
    step: 'select-account',
    when: ({ switchAccount, proved, registration }, prompt) =>
      prompt === SELECT_ACCOUNT && !switchAccount && !proved && !registration,
  },
  { step: 'consent', when: ({ switchAccount }, prompt) => prompt === 'consent' && !switchAccount },
  { step: 'recovery-codes', when: ({ proved }) => proved?.recoveryCodes !== undefined },
];

/** What is done elsewhere, in a mail or in a second tab, goes on here; what must be refused was refused before. */
export const PAGE: Record<DueStep, Step> = {
  'first-factor': 'login',
  'second-factor': 'second-factor',
  'enrol-second-factor': 'enrol-second-factor',
  'keep-account': 'keep-account',
  'verify-email': 'verify-email',
  'change-password': 'change-password',
  'accept-terms': 'accept-terms',
  done: 'continue',
  refuse: 'login',
};

export interface Due {
  step: DueStep;
  situation: Situation;
}

/** Who asks for it, and the person, where they were read just now. */
interface Asking {
  client: RegisteredClient;
  known?: Pendent | undefined;
}

/** @throws DomainError `forbidden` `account_unavailable` */
export async function dueOf(
  deps: Deps,
  interaction: Interaction,
  { client, known }: Asking,
): Promise<Due> {
  const situation = await situationOf(deps, interaction, client);
  const next = nextStep(situation);
  if (!isKnown(next)) return { step: next, situation };

  const account = known ?? (await getAccount(deps, accountOf(interaction) ?? ''));
  const pending = await pendingOf(deps, account);
  const { proofs, isEnrolled, now } = situation;
  return { step: dueStep({ pending, next, proofs, isEnrolled, now }), situation };
}

/** An account may be disabled between two steps. @throws DomainError `forbidden` `account_unavailable` */
export async function getAccount({ db }: Pick<Deps, 'db'>, id: string) {
  const account = await findProfile(db, id);
  if (account) return account;
  throw new DomainError('forbidden', 'account_unavailable', 'This account is not available.');
}

export async function situationOf(
  deps: Deps,
  interaction: Interaction,
  client: RegisteredClient,
): Promise<Situation> {
  const proofs = [...provedBefore(interaction), ...provedHere(interaction)];
  // As long as nothing is proved, it decides nothing who it may be.
  const userId = proofs.length > 0 ? accountOf(interaction) : undefined;
  return {
    proofs,
    isEnrolled: userId !== undefined && (await hasSecondFactor(deps, userId)),
    isRemembered: resultsOf(interaction).proved?.isRemembered,
    demand: {
      level: await levelOf(deps, { params: interaction.params, client, userId }),
      maxAgeSeconds: maxAgeOf(interaction.params),
      anew: !goesOn(interaction),
    },
    now: Math.floor(deps.clock.now().getTime() / 1000),
  };
}

interface Demanding {
  params: Interaction['params'];
  client: RegisteredClient;
  userId: string | undefined;
}

/** The person is only read where the policy tells people apart. */
async function levelOf({ config, db }: Deps, { params, client, userId }: Demanding) {
  const differs = config.secondFactor === 'administrators' && userId !== undefined;
  const person = differs ? await findProfile(db, userId) : undefined;
  return levelFor(config, { params, client, isAdministrator: person?.administrator ?? false });
}

function provedHere(interaction: Interaction): Proof[] {
  const { proved } = resultsOf(interaction);
  return (proved?.proofs ?? []).map((proof) => ({ ...proof, in: 'sign-in' }));
}

const sessionDetails = z.object({ auth_time: z.number() });

/** What the session proves of its own person, and of nobody who signed in on these pages since. */
function provedBefore(interaction: Interaction): Proof[] {
  const { session, prompt } = interaction;
  const details = sessionDetails.safeParse(prompt.details);
  const isSamePerson =
    session?.accountId !== undefined && session.accountId === accountOf(interaction);
  if (!goesOn(interaction) || !isSamePerson || !details.success) return [];
  return proofsOf({ amr: session.amr ?? [], authTime: details.data.auth_time });
}

/** Whether the session itself will do: no reason asks for another sign-in. */
function goesOn(interaction: Interaction): boolean {
  const { prompt } = interaction;
  const isSessionGood = prompt.reasons.every((reason) => GOES_ON.has(reason));
  return prompt.name === 'login' && isSessionGood && !resultsOf(interaction).switchAccount;
}
