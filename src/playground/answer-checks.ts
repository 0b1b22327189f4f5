// What an application checks before it believes that the browser brings the answer to its own request.
import { isSameSecret } from '../foundation/secrets.ts';
import type { Check } from '../http/playground-views.ts';
import type { PendingLogin } from './playground-state.ts';

/** openid-client makes the same checks once more when it redeems the code; here they are to be seen. */
export function checkAnswer(
  answer: Record<string, string>,
  { state }: PendingLogin,
  issuer: string,
): Check[] {
  const isOurs = isSameSecret(answer['state'] ?? '', state);
  const isIssuer = answer['iss'] === issuer;
  return [
    {
      passed: isOurs,
      label: isOurs ? 'The state is the one we sent' : 'The state is not the one we sent',
      detail: isOurs
        ? 'So this browser started the login: nobody else’s answer was slipped in.'
        : 'This answer belongs to another login, perhaps one in another tab. It is not to be used.',
    },
    {
      passed: isIssuer,
      label: isIssuer
        ? 'The issuer is the server we asked'
        : 'The issuer is not the server we asked',
      detail: 'Compared with the issuer in the discovery document.',
    },
  ];
}
