// What one may ask for in a login: the form's choices, and what was chosen.
import * as z from 'zod';
import type { PlaygroundViews } from '../http/playground-views.ts';
import type { RegisteredClient } from '../protocol/clients/registered-client.ts';
import type { Choices } from './relying-party.ts';

type Form = NonNullable<PlaygroundViews['playground/client']['form']>;

// A login under way has to fit into a cookie (4 KiB, sealed): hence the limits.
export const loginForm = z
  .object({
    csrf: z.string().optional(),
    scope: z.union([z.string(), z.array(z.string())]).default([]),
    otherScopes: z.string().max(500).default(''),
    resource: z.string().max(500).default(''),
    prompt: z.string().max(100).default(''),
    responseMode: z.enum(['query', 'form_post']).default('query'),
  })
  .transform(({ scope, otherScopes, ...rest }) => ({
    ...rest,
    scope: [...new Set([scope, otherScopes.split(/\s+/)].flat())].filter(Boolean).join(' '),
  }))
  .refine(({ scope }) => scope.length <= 1000, 'scope: must have 1000 characters at most');

export function toChoices({
  scope,
  resource,
  prompt,
  responseMode,
}: z.output<typeof loginForm>): Choices {
  return { scope, responseMode, ...(resource && { resource }), ...(prompt && { prompt }) };
}

/** The form, filled in so that it can be sent as it is. */
export function choicesFor(client: RegisteredClient, action: string): Form {
  return {
    action,
    scopes: [...identityScopes(client), ...permissions(client)],
    resources: options([
      ['', 'Whichever the scopes belong to'],
      ...client.apis.map(({ identifier, name }): [string, string] => [
        identifier,
        `${name} (${identifier})`,
      ]),
    ]),
    prompts: options(PROMPTS),
    responseModes: options(RESPONSE_MODES),
  };
}

/** OpenID Connect Core §5.4 and §11. */
const IDENTITY: Record<string, string> = {
  openid: 'Makes it a sign-in: there will be an ID token',
  profile: 'Name and username, at userinfo',
  email: 'Email address, at userinfo',
  offline_access: 'A refresh token that outlives the browser session; needs the prompt “consent”',
};

function identityScopes({ scope }: RegisteredClient): Form['scopes'] {
  return scope
    .split(' ')
    .filter((name) => Object.hasOwn(IDENTITY, name))
    .map((name) => choice(name, IDENTITY[name] ?? '', name !== 'offline_access'));
}

function permissions({ apis }: RegisteredClient): Form['scopes'] {
  return apis.flatMap((api) =>
    api.permissions.map(({ name, description }, index) => ({
      ...choice(name, `${description} (${api.name})`, false),
      id: `permission-${api.identifier.replaceAll(/\W/g, '-')}-${index}`,
    })),
  );
}

const choice = (value: string, detail: string, isChosen: boolean) => ({
  id: `scope-${value}`,
  value,
  detail,
  isChosen,
});

const PROMPTS: [string, string][] = [
  ['', 'Only what is needed'],
  ['login', 'login: sign in again'],
  ['consent', 'consent: ask for consent again'],
  ['login consent', 'login consent: both'],
  ['none', 'none: ask nothing, fail instead'],
];

const RESPONSE_MODES: [string, string][] = [
  ['query', 'query: in the URL'],
  ['form_post', 'form_post: in a form that sends itself'],
];

function options(choices: [string, string][]) {
  return choices.map(([value, label], index) => ({ value, label, chosen: index === 0 }));
}
