/** The pages there are, by the first part of their path. A sign-in leads back to one of these and nowhere else. */
export const ACCOUNT_SECTIONS = [
  'overview',
  'profile',
  'email',
  'password',
  'passkeys',
  'authenticator',
  'recovery-codes',
  'sessions',
  'apps',
  'security',
  'data',
  'delete',
] as const;

export type AccountSection = (typeof ACCOUNT_SECTIONS)[number];

export const pathOf = (section: AccountSection): string =>
  section === 'overview' ? '/account' : `/account/${section}`;

export function findSection(name: string | undefined): AccountSection | undefined {
  return ACCOUNT_SECTIONS.find((section) => section === name);
}
