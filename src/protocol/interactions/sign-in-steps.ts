// What the steps of a sign-in do with what was proved. Each answers where the browser goes next.
import type { Interaction } from 'oidc-provider';
import {
  mailVerificationOnce,
  type VerificationDeps,
} from '../../identity/email-verification/email-verification.ts';
import type { SecondFactorDeps } from '../../identity/second-factors/second-factors.ts';
import { type DeletionDeps, keepAccount } from '../../identity/users/account-deletion.ts';
import { isPasswordStill } from '../../identity/users/credentials.ts';
import type { User } from '../../identity/users/users.ts';
import { transact } from '../../storage/database.ts';
import { seal, unseal } from '../../storage/sealed-value.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import { assuranceOf } from './assurance.ts';
import { dueOf, PAGE } from './due-step.ts';
import { continueAs } from './interaction-steps.ts';
import {
  accountOf,
  clientOf,
  type InteractionDeps,
  type OwnResults,
  type Proved,
  resultsOf,
  saveResult,
  urlOf,
  type Within,
} from './interaction.ts';
import { type Proof, standingProofs } from './next-step.ts';

export type SignInStepDeps = InteractionDeps & SecondFactorDeps & VerificationDeps;
type Deps = SignInStepDeps;

interface NewProof extends Pick<Proof, 'by' | 'passkey'> {
  accountId: string;
  browser: string | undefined;
  /** See next-step.ts; what it was before, if absent. */
  isRemembered?: boolean;
  /** Made with the factor, to be written down before anything else. */
  recoveryCodes?: readonly string[];
  /** Of the first factor: whose it was, as they were read when it was looked at. What ends all access since ends it. */
  signedIn?: User;
}

/** Remembers what was just proved, and goes on. What another account proved on these pages before is forgotten. */
export function addProof(
  deps: Deps,
  interaction: Interaction,
  { signedIn, ...proof }: NewProof,
): Promise<string> {
  const results = withProof(deps, interaction, proof);
  return goOn(deps, interaction, { results, browser: proof.browser, signedIn });
}

function withProof(
  deps: Pick<Deps, 'clock' | 'factorKey'>,
  interaction: Interaction,
  { accountId, by, passkey, browser, ...more }: Omit<NewProof, 'signedIn'>,
): OwnResults {
  const before = provedBy(interaction, accountId);
  const at = Math.floor(deps.clock.now().getTime() / 1000);
  const proofs = [...before.proofs, { by, at, ...(passkey && { passkey }) }];
  const { isRemembered = before.isRemembered, recoveryCodes: codes } = more;
  const recoveryCodes = codes && sealCodes(deps, interaction, codes);
  const proved = { accountId, browser, proofs, isRemembered, recoveryCodes };
  return { ...interaction.result, proved };
}

function provedBy(
  interaction: Interaction,
  accountId: string,
): Pick<Proved, 'proofs' | 'isRemembered'> {
  const { proved } = resultsOf(interaction);
  return proved?.accountId === accountId ? proved : { proofs: [] };
}

/** The recovery codes are written down. */
export function putCodesAway(deps: Deps, interaction: Interaction): Promise<string> {
  const results = resultsOf(interaction);
  const proved = results.proved && { ...results.proved, recoveryCodes: undefined };
  const kept = { ...results, ...(proved && { proved }) };
  return goOn(deps, interaction, { results: kept, browser: proved?.browser });
}

/** Something that was required is done, here or elsewhere. @param browser see sign-in-browser.ts */
export function goOnAfterAction(
  deps: Deps,
  interaction: Interaction,
  browser: string | undefined,
): Promise<string> {
  return goOn(deps, interaction, { results: resultsOf(interaction), browser });
}

interface Held {
  /** What the interaction is to hold. */
  results: OwnResults;
  browser: string | undefined;
  signedIn?: User | undefined;
}

/** The account stays, and whoever signed in goes on. */
export async function keepOwnAccount(
  deps: Deps & DeletionDeps,
  interaction: Interaction,
  browser: string | undefined,
): Promise<string> {
  const id = proverOf(interaction);
  await keepAccount(deps, id, { type: 'user', id });
  return goOnAfterAction(deps, interaction, browser);
}

/** To the page that is due by what the interaction now holds, which is stored in either case. */
async function goOn(deps: Deps, interaction: Interaction, held: Held): Promise<string> {
  const client = await clientOf(deps, interaction);
  const url = await transact(deps.db, (tx) =>
    goOnWithin({ ...deps, db: tx }, interaction, { ...held, client }),
  );
  if (url === urlOf(interaction, 'verify-email'))
    await mailVerificationOnce(deps, accountOf(interaction) ?? '');
  return url;
}

async function goOnWithin(
  deps: Within<Deps>,
  interaction: Interaction,
  { results, browser, signedIn, client }: Held & { client: RegisteredClient },
): Promise<string> {
  interaction.result = results;
  if (signedIn && !(await isPasswordStill(deps, signedIn))) return beginAnew(deps, interaction);

  const { proved } = results;
  const { step, situation } = await dueOf(deps, interaction, { client, known: signedIn });
  if (step === 'done' && !proved?.recoveryCodes) {
    const assurance = assuranceOf(standingProofs(situation));
    const accountId = proverOf(interaction);
    return continueAs(deps, interaction, { ...assurance, accountId, browser, client });
  }

  await saveResult(deps, interaction, results);
  return urlOf(interaction, proved?.recoveryCodes ? 'recovery-codes' : PAGE[step]);
}

/** As `addProof`, within the transaction that makes what was proved. @param client read before it began */
export function addProofWithin(
  deps: Within<Deps>,
  interaction: Interaction,
  { client, ...proof }: Omit<NewProof, 'signedIn'> & { client: RegisteredClient },
): Promise<string> {
  const results = withProof(deps, interaction, proof);
  return goOnWithin(deps, interaction, { results, browser: proof.browser, client });
}

/** What was proved is worth nothing any more. */
async function beginAnew(deps: Within<Deps>, interaction: Interaction): Promise<string> {
  const { proved: _, ...rest } = resultsOf(interaction);
  await saveResult(deps, interaction, rest);
  return urlOf(interaction, 'login');
}

/** The codes that were just made, in clear; none once they were put away. */
export function newCodesOf({ factorKey }: Deps, interaction: Interaction): string[] {
  const sealed = resultsOf(interaction).proved?.recoveryCodes;
  return sealed ? unseal(factorKey, sealed, codesContext(interaction)).split(' ') : [];
}

/** Whose second factor is asked for. */
export const proverOf = (interaction: Interaction): string => accountOf(interaction) ?? '';

const sealCodes = (
  { factorKey }: Pick<Deps, 'factorKey'>,
  interaction: Interaction,
  codes: readonly string[],
) => seal(factorKey, codes.join(' '), codesContext(interaction));

const codesContext = ({ uid }: Interaction) => `recovery-codes:${uid}`;
