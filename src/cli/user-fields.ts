import { getUser, type User } from '../identity/users/users.ts';
import type { Services } from '../services.ts';
import { type Answer, doneAnswer, type Fields } from './answer.ts';

/** A person as the command line shows one. */
export function userFields(user: User): Fields {
  return {
    id: user.id,
    login: user.login,
    email: user.email,
    name: user.name,
    locale: user.locale,
    administrator: user.administrator,
    disabled_at: user.disabledAt,
    created_at: user.createdAt,
  };
}

/** @param done what is said of them, after their login */
export async function changedUser(services: Services, id: string, done: string): Promise<Answer> {
  const user = await getUser(services, id);
  return doneAnswer(`${user.login} ${done}`, userFields(user));
}
