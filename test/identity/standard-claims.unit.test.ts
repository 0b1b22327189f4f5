import { describe, expect, test } from '@jest/globals';
import { claimsOfDetails } from '../../src/identity/profiles/profiles.ts';
import { readDetails, type TypedDetails } from '../../src/identity/profiles/standard-claims.ts';

const faultOf = (typed: TypedDetails) => Object.values(readDetails(typed).faults)[0]?.code;

describe('what is typed', () => {
  test.each<[TypedDetails, Record<string, string | null>]>([
    [{ given_name: '  Zoe\u0308 ' }, { givenName: 'Zoë' }],
    [{ given_name: '' }, { givenName: null }],
    [{}, {}],
    [{ website: 'https://Alice.example' }, { website: 'https://alice.example/' }],
    [{ profile: 'http://alice.example/a b' }, { profile: 'http://alice.example/a%20b' }],
    [{ birthdate: '1990-12-31' }, { birthdate: '1990-12-31' }],
    [{ birthdate: '0000-02-29' }, { birthdate: '0000-02-29' }],
    [{ birthdate: '1990' }, { birthdate: '1990' }],
    [{ zoneinfo: 'europe/berlin' }, { zoneinfo: 'Europe/Berlin' }],
    [{ phone_number: '+49 (30) 123-456' }, { phoneNumber: '+4930123456' }],
  ])('%j is kept as %j', (typed, kept) => {
    expect(readDetails(typed)).toEqual({ details: kept, faults: {} });
  });

  test.each<[TypedDetails, string]>([
    [{ given_name: 'x'.repeat(201) }, 'detail_malformed'],
    [{ nickname: 'a\u202eb' }, 'detail_malformed'],
    [{ locality: 'a\nb' }, 'detail_malformed'],
    [{ website: 'javascript:alert(1)' }, 'web_address_malformed'],
    [{ website: 'java\tscript:alert(1)' }, 'web_address_malformed'],
    [{ website: 'data:text/html,x' }, 'web_address_malformed'],
    [{ website: 'https://bank.example@evil.example/' }, 'web_address_malformed'],
    [{ website: 'alice.example' }, 'web_address_malformed'],
    [{ website: `https://alice.example/${'x'.repeat(2000)}` }, 'web_address_malformed'],
    [{ birthdate: '1990-02-30' }, 'birthdate_malformed'],
    [{ birthdate: '1990-2-3' }, 'birthdate_malformed'],
    [{ birthdate: '0000' }, 'birthdate_malformed'],
    [{ birthdate: '31.12.1990' }, 'birthdate_malformed'],
    [{ zoneinfo: '+01:00' }, 'zoneinfo_malformed'],
    [{ zoneinfo: 'Europe/Nowhere' }, 'zoneinfo_malformed'],
    [{ phone_number: '030 123456' }, 'phone_number_malformed'],
    [{ phone_number: '+0049301234' }, 'phone_number_malformed'],
  ])('%j is refused', (typed, code) => {
    expect(faultOf(typed)).toBe(code);
  });
});

test('claims are named as the standard names them, and what there is not is left out', () => {
  const nothing = {
    userId: 'u',
    givenName: null,
    familyName: null,
    middleName: null,
    nickname: null,
    profile: null,
    website: null,
    gender: null,
    birthdate: null,
    zoneinfo: null,
    phoneNumber: null,
    streetAddress: null,
    locality: null,
    region: null,
    postalCode: null,
    country: null,
    picture: null,
  };
  expect(claimsOfDetails(nothing, 'https://id.example')).toEqual({});
  const some = {
    ...nothing,
    givenName: 'Alice',
    phoneNumber: '+441865276150',
    locality: 'Oxford',
    postalCode: 'OX1 1DP',
    country: 'UK',
    picture: { id: 'abc' },
  };
  expect(claimsOfDetails(some, 'https://id.example')).toEqual({
    given_name: 'Alice',
    picture: 'https://id.example/pictures/abc',
    phone_number: '+441865276150',
    phone_number_verified: false,
    address: {
      formatted: 'OX1 1DP Oxford\nUK',
      locality: 'Oxford',
      postal_code: 'OX1 1DP',
      country: 'UK',
    },
  });
});
