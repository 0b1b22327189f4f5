// What the steps of a sign-in do with what was proved. Each answers where the browser goes next.
import type { Interaction } from 'oidc-provider';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { addAuthenticator, offeredSeed } from '../../identity/second-factors/enrolment.ts';
import type { SecondFactorDeps } from '../../identity/second-factors/second-factors.ts';
import { otpauthUri } from '../../identity/second-factors/totp-code.ts';
import { seal, unseal } from '../../storage/sealed-value.ts';
import { findProfile } from '../accounts/account-claims.ts';
import { assuranceOf } from './assurance.ts';
import { PAGE, situationOf } from './due-step.ts';
import { continueAs } from './interaction-steps.ts';
import {
  accountOf,
  type InteractionDeps,
  type Proved,
  resultsOf,
  saveResult,
  urlOf,
} from './interaction.ts';
import { nextStep, type Proof, standingProofs } from './next-step.ts';

type Deps = InteractionDeps & SecondFactorDeps;

interface NewProof extends Pick<Proof, 'by' | 'passkey'> {
  accountId: string;
  browser: string | undefined;
  /** See next-step.ts; what it was before, if absent. */
  isRemembered?: boolean;
  /** Made with the factor, to be written down before anything else. */
  recoveryCodes?: readonly string[];
}

/** Remembers what was just proved, and goes on. What another account proved on these pages before is forgotten. */
export function addProof(
  deps: Deps,
  interaction: Interaction,
  { accountId, by, passkey, browser, ...more }: NewProof,
): Promise<string> {
  const before = provedBy(interaction, accountId);
  const at = Math.floor(deps.clock.now().getTime() / 1000);
  const proofs = [...before.proofs, { by, at, ...(passkey && { passkey }) }];
  const { isRemembered = before.isRemembered, recoveryCodes: codes } = more;
  const recoveryCodes = codes && sealCodes(deps, interaction, codes);
  const proved = { accountId, browser, proofs, isRemembered, recoveryCodes };
  interaction.result = { ...interaction.result, proved };
  return goOn(deps, interaction);
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
  const { proved } = resultsOf(interaction);
  if (proved) {
    const { recoveryCodes: _, ...rest } = proved;
    interaction.result = { ...interaction.result, proved: rest };
  }
  return goOn(deps, interaction);
}

/** To the page that is due by what the interaction now holds, which is stored in either case. */
async function goOn(deps: Deps, interaction: Interaction): Promise<string> {
  const { proved } = resultsOf(interaction);
  const situation = await situationOf(deps, interaction);
  const step = nextStep(situation);
  if (step === 'done' && proved && !proved.recoveryCodes) {
    const { accountId, browser } = proved;
    const standing = standingProofs(situation);
    if (standing.length > 1) await assertAvailable(deps, accountId);
    const assurance = assuranceOf(standing, situation.now);
    return continueAs(deps, interaction, { ...assurance, accountId, browser });
  }

  await saveResult(deps, interaction, resultsOf(interaction));
  return urlOf(interaction, proved?.recoveryCodes ? 'recovery-codes' : PAGE[step]);
}

/** What an app is set up with; the same however often the page is asked for. */
export async function enrolmentOffer(deps: Deps, interaction: Interaction) {
  const account = await assertAvailable(deps, proverOf(interaction));
  const seed = offeredSeed(deps, { userId: account.id, occasion: interaction.uid });
  const issuer = new URL(deps.config.issuer).host;
  return { seed, uri: otpauthUri(seed, { issuer, account: account.login }) };
}

/** Between two factors, an account may be disabled. @throws DomainError `forbidden` `account_unavailable` */
async function assertAvailable({ db }: Deps, accountId: string) {
  const account = await findProfile(db, accountId);
  if (account) return account;
  throw new DomainError('forbidden', 'account_unavailable', 'This account is not available.');
}

/** @throws DomainError `forbidden` `account_unavailable`, or as addAuthenticator does */
export async function enrol(
  deps: Deps,
  interaction: Interaction,
  { code, browser, facts }: { code: string; browser: string | undefined; facts: RequestFacts },
): Promise<string> {
  const { id: accountId } = await assertAvailable(deps, proverOf(interaction));
  const request = { userId: accountId, occasion: interaction.uid, code };
  const recoveryCodes = await addAuthenticator(deps, request, facts);
  return addProof(deps, interaction, { accountId, by: 'totp', browser, recoveryCodes });
}

/** The codes that were just made, in clear; none once they were put away. */
export function newCodesOf({ factorKey }: Deps, interaction: Interaction): string[] {
  const sealed = resultsOf(interaction).proved?.recoveryCodes;
  return sealed ? unseal(factorKey, sealed, codesContext(interaction)).split(' ') : [];
}

/** Whose second factor is asked for. */
export const proverOf = (interaction: Interaction): string => accountOf(interaction) ?? '';

const sealCodes = ({ factorKey }: Deps, interaction: Interaction, codes: readonly string[]) =>
  seal(factorKey, codes.join(' '), codesContext(interaction));

const codesContext = ({ uid }: Interaction) => `recovery-codes:${uid}`;
