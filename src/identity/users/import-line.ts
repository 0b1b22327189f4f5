// One line of a file of people from another system, as docs/command-line.md describes it.
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { isImportableHash } from '../passwords/foreign-hash.ts';
import { readProfile } from './user-profile.ts';
import type { ImportedUserRow } from './user-import-store.ts';

/** Whoever is imported; the moment it happens stands in where the line says none. */
export type ImportedUser = Pick<
  ImportedUserRow,
  'login' | 'email' | 'emailVerified' | 'name' | 'locale' | 'passwordHash'
> & { createdAt: Date | undefined; disabled: boolean };

export type ReadLine = { user: ImportedUser } | { fault: string };

const person = z.strictObject({
  login: z.string(),
  email: z.string().optional(),
  email_verified: z.boolean().default(false),
  name: z.string().optional(),
  locale: z.string().optional(),
  password_hash: z.string().refine(isImportableHash, 'is no hash that can be imported').optional(),
  disabled: z.boolean().default(false),
  created_at: z.iso.datetime({ offset: true }).optional(),
});

export function readImportLine(text: string): ReadLine {
  const parsed = person.safeParse(parseJson(text));
  if (!parsed.success) return { fault: sentenceOf(parsed.error) };

  const { created_at, password_hash, email_verified, disabled, ...names } = parsed.data;
  try {
    const user = {
      ...readProfile(names),
      emailVerified: email_verified,
      passwordHash: password_hash ?? null,
      createdAt: created_at === undefined ? undefined : new Date(created_at),
      disabled,
    };
    return { user };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { fault: error.message };
  }
}

/** What is no JSON is no object either, and refused as that. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sentenceOf({ issues }: z.ZodError): string {
  const [issue] = issues;
  const field = issue?.path.join('.');
  if (!issue || (field === '' && issue.code === 'invalid_type')) return 'This is no JSON object.';
  return field ? `${field}: ${issue.message}` : issue.message;
}
