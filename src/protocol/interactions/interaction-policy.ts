// When an authorization request leads to our pages instead of an answer: as the provider has it, but for the level of
// assurance, which it would only ask for where it is essential, and by exact name; for accounts that were disabled on
// the way, which it does not expect; and for what a person has to do before anything else.
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Config } from '../../config.ts';
import { isSelfService } from '../../identity/registration/openness.ts';
import { hasSecondFactor } from '../../identity/second-factors/second-factors.ts';
import { accountBehind } from '../accounts/account-claims.ts';
import { registrationOf } from '../clients/client-model.ts';
import { proofsOf } from './assurance.ts';
import { levelFor } from './demand.ts';
import { nextStep } from './next-step.ts';
import { type PendingDeps, pendingOf } from './pending-actions.ts';
import { dueStep } from './required-actions.ts';

const ASSURANCE = 'assurance';
const REQUIRED_ACTION = 'required_action';

/** The reasons, in the prompt, of a request that the session meets: in all but its level, or but for what is pending. */
export const GOES_ON: ReadonlySet<string> = new Set([ASSURANCE, REQUIRED_ACTION]);

/** The prompt of the page that lets a person choose (OpenID Connect Core §3.1.2.1). It comes before all others. */
export const SELECT_ACCOUNT = 'select_account';

/** The prompt by which an application asks for a new account (Initiating User Registration via OpenID Connect 1.0). */
export const CREATE = 'create';

type Policy = Pick<Config, 'secondFactor'>;

export function signInPolicy(
  deps: PendingDeps & { config: Policy & Pick<Config, 'registration'> },
): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: SELECT_ACCOUNT, requestable: true }), 0);
  // Where nobody may open an account, asking for it is an invalid request.
  if (isSelfService(deps.config))
    policy.add(new interactionPolicy.Prompt({ name: CREATE, requestable: true }), 0);
  const checks = policy.get('login')?.checks;
  checks?.remove('essential_acr');
  checks?.remove('essential_acrs');
  checks?.add(
    new interactionPolicy.Check(
      'account_gone',
      'the account of the session is not available',
      'login_required',
      ({ oidc }) => oidc.session?.accountId !== undefined && !oidc.account,
    ),
  );
  checks?.add(
    new interactionPolicy.Check(
      ASSURANCE,
      'the requested authentication context class was not reached',
      'login_required',
      (ctx) => isLevelMissing(deps.config, ctx),
      authTime,
    ),
  );
  checks?.add(
    new interactionPolicy.Check(
      REQUIRED_ACTION,
      'the person has something to do first',
      'interaction_required',
      (ctx) => isActionRequired(deps, ctx),
      authTime,
    ),
  );
  return policy;
}

/** The pages need it, and the interaction does not keep it. */
const authTime = ({ oidc }: KoaContextWithOIDC) => ({
  auth_time: oidc.session?.authTime() ?? null,
});

/** Of a session's person; whoever is still to sign in meets it on the way. */
async function isActionRequired(deps: PendingDeps, { oidc }: KoaContextWithOIDC): Promise<boolean> {
  const account = oidc.account && accountBehind(oidc.account);
  if (!account || account.id !== oidc.session?.accountId) return false;

  const pending = await pendingOf(deps, account);
  const isEnrolled = pending.isPasswordShort && (await hasSecondFactor(deps, account.id));
  return dueStep({ pending, next: 'done', proofs: [], isEnrolled, now: 0 }) !== 'done';
}

/**
 * RFC 9470. Whether the session is fresh enough is looked at by checks of the provider's own.
 * @throws UnmetAuthenticationRequirements when nobody could ever meet what is essential
 */
function isLevelMissing(config: Policy, { oidc }: KoaContextWithOIDC): boolean {
  const { session } = oidc;
  const isSignedIn = session?.accountId !== undefined;
  const proofs = proofsOf({
    amr: isSignedIn ? (session.amr ?? []) : [],
    authTime: session?.authTime() ?? 0,
  });
  const demand = { level: levelOf(config, oidc), anew: false };
  const step = nextStep({ proofs, isEnrolled: false, demand, now: Math.floor(Date.now() / 1000) });
  if (step === 'refuse')
    throw new errors.UnmetAuthenticationRequirements('none of the requested classes is known here');
  return step !== 'done';
}

function levelOf(config: Policy, { params, client, account }: KoaContextWithOIDC['oidc']) {
  return levelFor(config, {
    params: params ?? {},
    client: client && registrationOf(client),
    isAdministrator: (account && accountBehind(account))?.administrator ?? false,
  });
}
