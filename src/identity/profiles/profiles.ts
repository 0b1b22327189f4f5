// What a person tells of themselves: kept beside the person, and told as the standard claims. Whoever tells nothing has
// no row, and `hasProfile` spares looking for it.
import type { Db } from '../../storage/database.ts';
import * as store from './profile-store.ts';
import { changedClaims, type Details } from './standard-claims.ts';

type Owner = { id: string; hasProfile: boolean };

export type OwnDetails = store.ProfileRow;

export async function findDetails(
  { db }: { db: Db },
  { id, hasProfile }: Owner,
): Promise<OwnDetails | undefined> {
  return hasProfile ? ((await store.find(db, id)) ?? undefined) : undefined;
}

/**
 * Only the details that are given; the same again is no change.
 * @returns the claims that have changed; none of a person who was deleted meanwhile
 */
export async function changeDetails(
  tx: Db,
  userId: string,
  details: Partial<Details>,
): Promise<string[]> {
  const changed = changedClaims((await store.find(tx, userId)) ?? undefined, details);
  const isChange = changed.length > 0 && (await store.put(tx, userId, details));
  return isChange ? changed : [];
}

/** Where a picture is served. */
export const picturePath = (id: string) => `/pictures/${id}`;

/**
 * As OpenID Connect Core §5.1 names them, without what there is not.
 * @param issuer the origin that the picture is served at
 */
export function claimsOfDetails(
  { picture, ...own }: OwnDetails,
  issuer: string,
): Record<string, unknown> {
  return present({
    given_name: own.givenName,
    family_name: own.familyName,
    middle_name: own.middleName,
    nickname: own.nickname,
    profile: own.profile,
    website: own.website,
    gender: own.gender,
    birthdate: own.birthdate,
    zoneinfo: own.zoneinfo,
    picture: picture && `${issuer}${picturePath(picture.id)}`,
    ...(own.phoneNumber && { phone_number: own.phoneNumber, phone_number_verified: false }),
    address: addressOf(own),
  });
}

/** Core §5.1.1; `formatted` as on a letter, a line each. */
function addressOf(own: Details): Record<string, unknown> | null {
  const { streetAddress, locality, region, postalCode, country } = own;
  const town = [postalCode, locality].filter(Boolean).join(' ');
  const lines = [streetAddress, town, region, country].filter(Boolean);
  if (lines.length === 0) return null;
  return present({
    formatted: lines.join('\n'),
    street_address: streetAddress,
    locality,
    region,
    postal_code: postalCode,
    country,
  });
}

function present(claims: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(claims).filter(([, value]) => value !== null && value !== undefined),
  );
}
