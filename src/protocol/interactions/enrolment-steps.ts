// Setting up a second factor on the way through a sign-in. The factor, the proof of it and the codes that the next page
// shows are kept together, or none of them is.
import type { Interaction } from 'oidc-provider';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import type { AttestationAnswer } from '../../identity/passkeys/passkey-answer.ts';
import {
  addPasskey,
  enrolmentOptions,
  type PasskeyEnrolmentDeps,
  type PasskeyMade,
} from '../../identity/passkeys/passkey-enrolment.ts';
import { addAuthenticator, offeredSeed } from '../../identity/second-factors/enrolment.ts';
import { otpauthUri } from '../../identity/second-factors/totp-code.ts';
import type { Db } from '../../storage/database.ts';
import { getAccount } from './due-step.ts';
import { clientOf, resultsOf, urlOf } from './interaction.ts';
import { addProofWithin, proverOf, type SignInStepDeps } from './sign-in-steps.ts';

type Deps = SignInStepDeps;

/** What an app is set up with; the same however often the page is asked for. */
export async function enrolmentOffer(deps: Deps, interaction: Interaction) {
  const account = await getAccount(deps, proverOf(interaction));
  const seed = offeredSeed(deps, { userId: account.id, occasion: interaction.uid });
  const { brandName: issuer } = deps.config;
  return { seed, uri: otpauthUri(seed, { issuer, account: account.login }) };
}

/** @throws DomainError `forbidden` `account_unavailable`, or as addAuthenticator does */
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
    const proof = { accountId, by: 'totp', browser, recoveryCodes, client } as const;
    await addProofWithin({ ...deps, db: tx }, interaction, proof);
  };
  const typed = { userId: accountId, occasion: interaction.uid, code, within };
  await addAuthenticator(deps, typed, facts);
  return urlOf(interaction, 'recovery-codes');
}

/** What a passkey is made by, in place of an app. */
export async function passkeyOffer(deps: Deps & PasskeyEnrolmentDeps, interaction: Interaction) {
  const user = await getAccount(deps, proverOf(interaction));
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
  const user = await getAccount(deps, proverOf(interaction));
  const client = await clientOf(deps, interaction);
  const before = resultsOf(interaction);
  let next = '';
  const within = async (tx: Db, { recoveryCodes, isSynced }: PasskeyMade) => {
    interaction.result = before;
    const passkey = { isUserVerified: true, isSynced };
    const codes = recoveryCodes.length > 0 && { recoveryCodes };
    const proof = {
      accountId: user.id,
      by: 'passkey',
      passkey,
      browser,
      client,
      ...codes,
    } as const;
    next = await addProofWithin({ ...deps, db: tx }, interaction, proof);
  };
  await addPasskey(
    deps,
    { user, place: interaction.uid, answer, browser: browserName, within },
    facts,
  );
  return next;
}
