// What the steps of a sign-in do with what was proved. Each answers where the browser goes next.
import type { Interaction } from 'oidc-provider';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import {
  mailVerificationOnce,
  type VerificationDeps,
} from '../../identity/email-verification/email-verification.ts';
import { addAuthenticator, offeredSeed } from '../../identity/second-factors/enrolment.ts';
import type { AttestationAnswer } from '../../identity/passkeys/passkey-answer.ts';
import {
  addPasskey,
  enrolmentOptions,
  type PasskeyEnrolmentDeps,
} from '../../identity/passkeys/passkey-enrolment.ts';
import type { SecondFactorDeps } from '../../identity/second-factors/second-factors.ts';
import { otpauthUri } from '../../identity/second-factors/totp-code.ts';
import { type DeletionDeps, keepAccount } from '../../identity/users/account-deletion.ts';
import { isPasswordStill } from '../../identity/users/credentials.ts';
import type { User } from '../../identity/users/users.ts';
import { type Db, transact } from '../../storage/database.ts';
import { seal, unseal } from '../../storage/sealed-value.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import { assuranceOf } from './assurance.ts';
import { dueOf, getAccount, PAGE } from './due-step.ts';
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

type Deps = InteractionDeps & SecondFactorDeps & VerificationDeps;

interface NewProof extends Pick<Proof, 'by' | 'passkey'> {
  accountId: string;
  browser: string | undefined;
  /** See next-step.ts; what it was before, if absent. */
  isRemembered?: boolean;
  /** Made with the factor, to be written down before anything else. */
  recoveryCodes?: readonly string[];
  /** Whose password it was, as they were read when it was looked at. */
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
  deps: Deps,
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
    const assurance = assuranceOf(standingProofs(situation), situation.now);
    const accountId = proverOf(interaction);
    return continueAs(deps, interaction, { ...assurance, accountId, browser, client });
  }

  await saveResult(deps, interaction, results);
  return urlOf(interaction, proved?.recoveryCodes ? 'recovery-codes' : PAGE[step]);
}

/** What was proved is worth nothing any more. */
async function beginAnew(deps: Within<Deps>, interaction: Interaction): Promise<string> {
  const { proved: _, ...rest } = resultsOf(interaction);
  await saveResult(deps, interaction, rest);
  return urlOf(interaction, 'login');
}

/** What an app is set up with; the same however often the page is asked for. */
export async function enrolmentOffer(deps: Deps, interaction: Interaction) {
  const account = await getAccount(deps, proverOf(interaction));
  const seed = offeredSeed(deps, { userId: account.id, occasion: interaction.uid });
  const { brandName: issuer } = deps.config;
  return { seed, uri: otpauthUri(seed, { issuer, account: account.login }) };
}

/**
 * The factor and the codes that the next page shows are kept together, or neither is.
 * @throws DomainError `forbidden` `account_unavailable`, or as addAuthenticator does
 */
export async function enrol(
  deps: Deps,
  interaction: Interaction,
  { code, browser, facts }: { code: string; browser: string | undefined; facts: RequestFacts },
): Promise<string> {
  const { id: accountId } = await getAccount(deps, proverOf(interaction));
  const client = await clientOf(deps, interaction);
  const before = resultsOf(interaction);
  const within = async (tx: Db, recoveryCodes: readonly string[]) => {
    interaction.result = before;
    const proof = { accountId, by: 'totp', browser, recoveryCodes } as const;
    const results = withProof(deps, interaction, proof);
    await goOnWithin({ ...deps, db: tx }, interaction, { results, browser, client });
  };
  await addAuthenticator(
    deps,
    { userId: accountId, occasion: interaction.uid, code, within },
    facts,
  );
  return urlOf(interaction, 'recovery-codes');
}

/** What a passkey is made by, in place of an app. */
export async function passkeyOffer(deps: Deps & PasskeyEnrolmentDeps, interaction: Interaction) {
  const user = await assertAvailable(deps, proverOf(interaction));
  return enrolmentOptions(deps, { user, place: interaction.uid });
}

interface MadePasskey {
  answer: AttestationAnswer;
  /** In words, as in "Firefox on Windows". */
  browserName: string | undefined;
  /** Its mark. */
  browser: string | undefined;
  facts: RequestFacts;
}

/** @throws DomainError `forbidden` `account_unavailable`, or as addPasskey does */
export async function enrolPasskey(
  deps: Deps & PasskeyEnrolmentDeps,
  interaction: Interaction,
  { answer, browserName, browser, facts }: MadePasskey,
): Promise<string> {
  const user = await assertAvailable(deps, proverOf(interaction));
  const made = { user, place: interaction.uid, answer, browser: browserName };
  const { recoveryCodes, isSynced } = await addPasskey(deps, made, facts);
  return addProof(deps, interaction, {
    accountId: user.id,
    by: 'passkey',
    passkey: { isUserVerified: true, isSynced },
    browser,
    ...(recoveryCodes.length > 0 && { recoveryCodes }),
  });
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
