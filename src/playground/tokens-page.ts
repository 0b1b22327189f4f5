// The page of a login that gave tokens: what they say, and what can be done with them.
import type { Clock } from '../foundation/clock.ts';
import type { PlaygroundViews, TokenAction } from '../http/playground-views.ts';
import { explainLogout } from './explained-parts.ts';
import { describeClient } from './playground-clients.ts';
import { FINISHED, type FinishedLogin, sealState } from './playground-state.ts';
import { jwksUrl, logoutUrl, type RelyingParty } from './relying-party.ts';
import { describeTokens, isForUserinfo } from './token-anatomy.ts';

interface Deps {
  clock: Clock;
  key: Buffer;
}

interface Content {
  party: RelyingParty;
  login: FinishedLogin;
  csrf: string;
}

type Page = Omit<PlaygroundViews['playground/tokens'], 'title' | 'lead'>;

/** All of the page but its words. */
export async function tokensPage(
  { clock, key }: Deps,
  { party, login, csrf }: Content,
): Promise<Page> {
  const [exchange] = party.exchanges;
  const logout = logoutUrl(party, login);
  return {
    client: describeClient(party.client),
    ...(exchange && { exchange }),
    changes: [],
    tokens: await describeTokens(login, { jwks: jwksUrl(party), now: clock.now() }),
    csrf,
    run: sealState(key, FINISHED, login),
    actions: actionsFor(login),
    logout: { action: logout.pathname, parts: explainLogout(logout) },
  };
}

function actionsFor(login: FinishedLogin): TokenAction[] {
  const hasRefresh = login.refreshToken !== undefined;
  return [
    {
      id: 'userinfo',
      title: 'Userinfo',
      detail: isForUserinfo(login) ? USERINFO_ANSWERS : USERINFO_REFUSES,
      action: '/playground/userinfo',
      buttons: [{ id: 'userinfo-submit', value: 'access_token', label: 'Ask for userinfo' }],
    },
    ...(hasRefresh ? [REFRESH] : []),
    ...[INTROSPECTION, REVOCATION].map((action) => ({
      ...action,
      buttons: action.buttons.filter(({ value }) => hasRefresh || value === 'access_token'),
    })),
  ];
}

const USERINFO_ANSWERS = 'What the scopes opened of the person’s data, as it is now.';
const USERINFO_REFUSES =
  'This access token is for an API, so userinfo refuses it: try, or log in again with identity scopes alone.';

const REFRESH: TokenAction = {
  id: 'refresh',
  title: 'Refresh',
  detail:
    'New tokens without the person. The old refresh token is spent, where the client’s are rotated.',
  action: '/playground/refresh',
  buttons: [{ id: 'refresh-submit', value: 'refresh_token', label: 'Refresh the tokens' }],
};

const INTROSPECTION: TokenAction = {
  id: 'introspection',
  title: 'Introspection',
  detail: 'Asks the server whether a token is still good, and what it permits (RFC 7662).',
  action: '/playground/introspection',
  buttons: [
    { id: 'introspect-access', value: 'access_token', label: 'The access token' },
    { id: 'introspect-refresh', value: 'refresh_token', label: 'The refresh token' },
  ],
};

const REVOCATION: TokenAction = {
  id: 'revocation',
  title: 'Revocation',
  detail:
    'Ends a token before its time (RFC 7009). With the refresh token, all that came from this login ends.',
  action: '/playground/revocation',
  buttons: [
    { id: 'revoke-access', value: 'access_token', label: 'The access token' },
    { id: 'revoke-refresh', value: 'refresh_token', label: 'The refresh token' },
  ],
};
