// The form of the profile. It names every field that is a person's own to change, so that no other can come along.
import * as z from 'zod';

/** One that is not sent stays as it is. */
const detail = z.string().max(4000).optional();

export const profileForm = z.object({
  csrf: z.string().optional(),
  name: z.string().max(1000).default(''),
  locale: z.string().max(100).optional(),
  given_name: detail,
  family_name: detail,
  middle_name: detail,
  nickname: detail,
  profile: detail,
  website: detail,
  gender: detail,
  birthdate: detail,
  zoneinfo: detail,
  phone_number: detail,
  street_address: detail,
  locality: detail,
  region: detail,
  postal_code: detail,
  country: detail,
});
