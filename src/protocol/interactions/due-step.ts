// Which page an interaction is at, decided from what is stored whenever a browser comes: so a reload, the back button
// and a second tab all lead to the step that is due, and none can be left out.
import type { Interaction } from 'oidc-provider';
import type { Context } from 'koa';
import * as z from 'zod';
import { hasSecondFactor } from '../../identity/second-factors/second-factors.ts';
import { findProfile } from '../accounts/account-claims.ts';
import { maxAgeOf, proofsOf } from './assurance.ts';
import { levelFor } from './demand.ts';
import { ASSURANCE, SELECT_ACCOUNT } from './interaction-policy.ts';
import {
  accountOf,
  type InteractionDeps,
  type OwnResults,
  readInteraction,
  resultsOf,
  type Step,
  urlOf,
} from './interaction.ts';
import { type NextStep, nextStep, type Proof, type Situation } from './next-step.ts';

type Deps = InteractionDeps;

/** The interaction, if this step is due; else the browser is sent to the one that is. */
export async function at(deps: Deps, ctx: Context, step: Step): Promise<Interaction | undefined> {
  const interaction = await readInteraction(deps, ctx);
  const due = await stepOf(deps, interaction);
  // Who is not on the list signs in.
  if (due === step || (due === 'select-account' && step === 'login')) return interaction;
  goTo(ctx, urlOf(interaction, due));
  return undefined;
}

export function goTo(ctx: Context, url: string): void {
  ctx.status = 303;
  ctx.redirect(url);
}

export async function stepOf(deps: Deps, interaction: Interaction): Promise<Step> {
  const results = resultsOf(interaction);
  const stored = STORED.find(({ when }) => when(results, interaction.prompt.name))?.step;
  return stored ?? PAGE[nextStep(await situationOf(deps, interaction))];
}

/** What is decided by what the interaction holds alone. The first row that applies. */
const STORED: readonly { step: Step; when: (results: OwnResults, prompt: string) => boolean }[] = [
  { step: 'consent', when: ({ login }) => login !== undefined },
  {
    step: 'select-account',
    when: ({ switchAccount, proved }, prompt) =>
      prompt === SELECT_ACCOUNT && !switchAccount && !proved,
  },
  { step: 'consent', when: ({ switchAccount }, prompt) => prompt === 'consent' && !switchAccount },
  { step: 'recovery-codes', when: ({ proved }) => proved?.recoveryCodes !== undefined },
];

/** What is done, but was left before it was written down, begins anew; what must be refused was refused before. */
export const PAGE: Record<NextStep, Step> = {
  'first-factor': 'login',
  'second-factor': 'second-factor',
  'enrol-second-factor': 'enrol-second-factor',
  done: 'login',
  refuse: 'login',
};

export async function situationOf(deps: Deps, interaction: Interaction): Promise<Situation> {
  const proofs = [...provedBefore(interaction), ...provedHere(interaction)];
  // As long as nothing is proved, it decides nothing who it may be.
  const userId = proofs.length > 0 ? accountOf(interaction) : undefined;
  return {
    proofs,
    isEnrolled: userId !== undefined && (await hasSecondFactor(deps, userId)),
    isRemembered: resultsOf(interaction).proved?.isRemembered,
    demand: {
      level: await levelOf(deps, interaction, userId),
      maxAgeSeconds: maxAgeOf(interaction.params),
      anew: !goesOn(interaction),
    },
    now: Math.floor(deps.clock.now().getTime() / 1000),
  };
}

/** The person is only read where the policy tells people apart. */
async function levelOf(deps: Deps, { params }: Interaction, userId: string | undefined) {
  const { config, db, registry } = deps;
  const differs = config.secondFactor === 'administrators' && userId !== undefined;
  const person = differs ? await findProfile(db, userId) : undefined;
  const client = await registry.find(String(params['client_id']));
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

/** Whether nothing is wrong with the session but its level: no other reason asks for a sign-in. */
function goesOn(interaction: Interaction): boolean {
  const { prompt } = interaction;
  const isOnlyLevel = prompt.reasons.length === 1 && prompt.reasons[0] === ASSURANCE;
  return prompt.name === 'login' && isOnlyLevel && !resultsOf(interaction).switchAccount;
}
