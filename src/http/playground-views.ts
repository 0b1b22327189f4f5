// The data of the playground's pages. What is text here may come from a client's registration, a token or a
// request that somebody else made.

/** A member of a request, an answer or a token: its name, its value, and in a line what it is for. */
export interface Part {
  name: string;
  value: string;
  detail?: string | undefined;
}

export interface Check {
  label: string;
  detail?: string | undefined;
  passed: boolean;
}

/** What went over the wire: the request as curl would send it, secrets masked, and the answer. */
export interface ExchangeText {
  request: string;
  status: string;
  response: string;
}

export interface TokenPage {
  /** Unique on the page, for ids. */
  id: string;
  title: string;
  detail: string;
  raw: string;
  checks: Check[];
  /** Both empty for a token that only the server can read. */
  header: Part[];
  payload: Part[];
}

export interface PlayedClient {
  name: string;
  id: string;
  /** Its type and how it authenticates. */
  kind: string;
}

interface Option {
  value: string;
  label: string;
  chosen: boolean;
}

interface Button {
  /** The `token` that the form sends with it. */
  value: string;
  id: string;
  label: string;
}

/** A form of the page that follows a login. */
export interface TokenAction {
  id: string;
  title: string;
  detail: string;
  action: string;
  buttons: Button[];
}

export interface PlaygroundViews {
  'playground/clients': {
    csrf: string;
    /** Where the example client is made. */
    action: string;
    clients: (PlayedClient & {
      action: string;
      /** Why it can't be played. */
      fault?: string | undefined;
    })[];
    /** No client is registered at all. */
    isEmpty: boolean;
    isShortened: boolean;
    isSignedOut: boolean;
  };
  'playground/client': {
    csrf: string;
    client: PlayedClient;
    redirects: { action: string; callback: string; home: string; isRegistered: boolean };
    /** Only for a client that has secrets. */
    secret?: { action: string; minutes: number; isReady: boolean } | undefined;
    /** Once what comes before it is done. */
    form?:
      | {
          action: string;
          scopes: { id: string; value: string; detail: string; isChosen: boolean }[];
          resources: Option[];
          prompts: Option[];
          responseModes: Option[];
        }
      | undefined;
  };
  'playground/request': {
    csrf: string;
    action: string;
    client: PlayedClient;
    verifier: string;
    challenge: string;
    /** The request, as the URL that the browser is sent to, in pieces between which a line may break. */
    address: string[];
    parts: Part[];
    /** The parameters are sent ahead, to this endpoint (RFC 9126). */
    pushed?: { endpoint: string } | undefined;
  };
  'playground/tokens': {
    title: string;
    lead: string;
    client: PlayedClient;
    /** What the server refused, or why it could not be asked. */
    fault?: string | undefined;
    /** How the browser came back, on the page that follows a login. */
    answer?: { parts: Part[]; checks: Check[] } | undefined;
    exchange?: ExchangeText | undefined;
    /** What a refresh replaced. */
    changes: { name: string; before: string; after: string; outcome: string }[];
    tokens: TokenPage[];
    csrf: string;
    /** The tokens, sealed: what the page's forms send along. */
    run: string;
    actions: TokenAction[];
    logout: { action: string; parts: Part[] };
  };
  'playground/failed': {
    title: string;
    lead: string;
    parts: Part[];
    checks: Check[];
    exchange?: ExchangeText | undefined;
    /** The client to start again with. */
    action: string;
  };
}
