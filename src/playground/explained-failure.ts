// What openid-client throws, in words. Its errors are known by their shape, so that only relying-party.ts needs it.
import * as z from 'zod';
import { DomainError } from '../foundation/errors.ts';

export interface Failure {
  /** An OAuth error code where the server gave one. */
  title: string;
  message: string;
}

/** The code of the refusal to go on without the client's secret. */
export const SECRET_ENDED = 'playground_secret_ended';

/** Why a step failed, if the cause lies in the protocol or the network. Nothing for our own bugs and the database's. */
export function explainFailure(error: unknown): Failure | undefined {
  if (error instanceof DomainError && error.code === SECRET_ENDED) {
    return { title: 'The secret has ended', message: error.message };
  }

  const network = networkFailure.safeParse(error);
  if (network.success) return unreachable(network.data);
  const challenge = challengeFailure.safeParse(error);
  if (challenge.success) return fromChallenge(challenge.data);
  const refused = refusal.safeParse(error);
  if (refused.success) return explainRefusal(refused.data);
  const other = clientFailure.safeParse(error);
  return other.success ? disbelieved(other.data) : undefined;
}

/** An error that the server answered with, in its words and ours. */
export function explainRefusal(answer: {
  error: string;
  error_description?: string | undefined;
}): Failure {
  const { error, error_description: description } = answer;
  const hint = Object.hasOwn(HINTS, error) ? HINTS[error] : undefined;
  const said = description && `The server says: “${description}”.`;
  return {
    title: error,
    message: [said, hint].filter(Boolean).join(' ') || 'The server says no more.',
  };
}

/** RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 8707 §2, OpenID Connect Core §3.1.2.6. */
const HINTS: Record<string, string> = {
  access_denied: 'The person refused, or nothing that was asked for could be given.',
  consent_required:
    'The request forbade asking (prompt=none), but the person has to consent first.',
  interaction_required: 'The request forbade asking (prompt=none), but the person has to be asked.',
  invalid_client: 'The client could not be authenticated: its secret is wrong or has ended.',
  invalid_grant: 'The code or token is unknown, ended, revoked, or was used before.',
  invalid_request: 'A parameter is missing, or not as it should be.',
  invalid_scope: 'The client may not ask for one of these scopes.',
  invalid_target: 'The client may not ask for tokens for this API.',
  invalid_token:
    'Ended, revoked, or meant for somebody else: userinfo takes only tokens that are for no API.',
  insufficient_scope: 'The token lacks the scope openid: it is for an API.',
  login_required:
    'The request forbade asking (prompt=none), but nobody is signed in in this browser.',
  unauthorized_client: 'The client is not registered for this.',
  unsupported_token_type:
    'Access tokens that are JWTs are not kept by the server: whoever gets one checks its signature, and it ends by itself.',
};

const refusal = z.object({
  code: z.enum(['OAUTH_RESPONSE_BODY_ERROR', 'OAUTH_AUTHORIZATION_RESPONSE_ERROR']),
  error: z.string(),
  error_description: z.string().optional(),
});

const challengeFailure = z.object({
  code: z.literal('OAUTH_WWW_AUTHENTICATE_CHALLENGE'),
  status: z.number(),
  cause: z.array(z.object({ parameters: z.record(z.string(), z.string()) })),
});

function fromChallenge({ status, cause }: z.output<typeof challengeFailure>): Failure {
  const { error, error_description } = cause[0]?.parameters ?? {};
  if (error) return explainRefusal({ error, error_description });
  return { title: `HTTP ${status}`, message: 'The server did not accept the credentials.' };
}

/** What `fetch` throws. */
const networkFailure = z.object({
  name: z.literal('TypeError'),
  message: z.literal('fetch failed'),
  cause: z.unknown(),
});

function unreachable({ cause }: z.output<typeof networkFailure>): Failure {
  const reason = cause instanceof Error ? cause.message : '';
  return {
    title: 'The server can’t reach itself',
    message:
      `The playground asks at the issuer’s URL, as any application would, and got no answer there. ${reason}`.trim(),
  };
}

const clientFailure = z.object({
  name: z.literal('ClientError'),
  message: z.string(),
  code: z.string().optional(),
  cause: z.unknown(),
});

/** The library refuses what came, or nothing came in time. */
function disbelieved({ message, cause }: z.output<typeof clientFailure>): Failure {
  const reason = cause instanceof Error ? ` (${cause.message})` : '';
  return {
    title: 'This answer can’t be used',
    message: `The library refused it: ${message}${reason}.`,
  };
}
