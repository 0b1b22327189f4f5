import { expect, test } from '@jest/globals';
import argon2 from 'argon2';
import { isImportableHash, readForeignHash } from '../../src/identity/passwords/foreign-hash.ts';
import { passwordHashing } from '../support/passwords.ts';

const PASSWORD = 'correct horse battery staple';
const SALT = 'MDEyMzQ1Njc4OWFiY2RlZg';

// Made with Python's hashlib and, for bcrypt, the C library's crypt.
const BCRYPT = 'abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG';
const SCRYPT_DIGEST = 'tjK03tRvEjqCcPwmgtddMkgjlXrk8U/b9rIvfeBMKCc';
const FOREIGN = {
  'bcrypt 2a': `$2a$04$${BCRYPT}`,
  'bcrypt 2b': `$2b$04$${BCRYPT}`,
  'bcrypt 2y': `$2y$04$${BCRYPT}`,
  scrypt: `$scrypt$ln=14,r=8,p=1$${SALT}$${SCRYPT_DIGEST}`,
  'PBKDF2 with SHA-1': `$pbkdf2-sha1$i=1000$${SALT}$wmIXv0mv7iouqkc9CKjRvCX21po`,
  'PBKDF2 with SHA-256': `$pbkdf2-sha256$i=1000,l=32$${SALT}$yqSq2SygY1sB4EcH9f2FG0JTMES+wqLsOT5YmiRBplI=`,
  'PBKDF2 with SHA-512': `$pbkdf2-sha512$i=1000$${SALT}$5bTW2oeyDJyGJPcmEr+mRDE11ghpozWrDGnSNhRXo2ZCu0KHRDiUMAVEGzLJC+oDhRoeIja9J1iLIv9ptDJMfQ`,
  'PBKDF2 of passlib': `$pbkdf2$1000$${SALT}$wmIXv0mv7iouqkc9CKjRvCX21po`,
  'PBKDF2 of passlib with a dot': `$pbkdf2-sha256$1000$${SALT}$yqSq2SygY1sB4EcH9f2FG0JTMES.wqLsOT5YmiRBplI`,
  SSHA: '{SSHA}s9nsX1KIrZulJm9ErcgNOhUQFoQwMTIzNDU2Nw==',
  SSHA256: '{SSHA256}NdLyQmURP8a9/yi2slSvff9Hd02rrZORbCU9/QSoDx4wMTIzNDU2Nw==',
  SSHA512:
    '{SSHA512}52Yuw3RZ/GWStISgRcS1iZDKZOG92JK43PTBXS0taWX/BdCYLFRMkoal7021dqpNxbWSClV0TCPKw5Pt8y/RVTAxMjM0NTY3',
};

test.each(Object.entries(FOREIGN))('%s is verified, to be made anew', async (_kind, hash) => {
  expect(isImportableHash(hash)).toBe(true);
  expect(await passwordHashing.verify(hash, PASSWORD)).toBe(true);
  expect(await passwordHashing.verify(hash, 'correct horse battery stapl')).toBe(false);
  expect(passwordHashing.needsRehash(hash)).toBe(true);
});

test.each(['argon2i', 'argon2d', 'argon2id'] as const)(
  '%s of another system is verified, to be made anew',
  async (kind) => {
    const type = argon2[kind];
    const phc = await argon2.hash(PASSWORD, {
      type,
      memoryCost: 4096,
      timeCost: 1,
      parallelism: 1,
    });
    expect(isImportableHash(phc)).toBe(true);
    expect(await passwordHashing.verify(phc, PASSWORD)).toBe(true);
    expect(await passwordHashing.verify(phc, 'wrong')).toBe(false);
    expect(passwordHashing.needsRehash(phc)).toBe(true);
  },
);

test('a password that others hashed as it was typed is found too', async () => {
  const typed = 'cafe\u0301 au lait'; // NFKC makes one character of two
  const phc = await argon2.hash(typed, { memoryCost: 4096, timeCost: 1, parallelism: 1 });
  expect(await passwordHashing.verify(phc, typed)).toBe(true);
  expect(await passwordHashing.verify(phc, 'caf\u00e9 au lait')).toBe(false);
});

test('attack 43: a hash that would cost too much is none', () => {
  const scrypt = (ln: number, r: number, p: number) =>
    `$scrypt$ln=${ln},r=${r},p=${p}$${SALT}$${SCRYPT_DIGEST}`;
  const pbkdf2 = (iterations: number) => `$pbkdf2-sha256$i=${iterations}$${SALT}$${SCRYPT_DIGEST}`;
  const argon = (m: number, t: number, p: number) =>
    `$argon2id$v=19$m=${m},t=${t},p=${p}$${SALT}$${SCRYPT_DIGEST}`;
  const bearable = [scrypt(17, 8, 1), scrypt(13, 8, 10), pbkdf2(2_000_000), argon(262_144, 4, 16)];
  bearable.push(`$2b$14$${BCRYPT}`);
  const tooDear = [
    scrypt(18, 8, 1),
    scrypt(17, 9, 1),
    scrypt(17, 8, 3),
    scrypt(99, 1, 1),
    pbkdf2(2_000_001),
    argon(262_145, 1, 1),
    argon(262_144, 5, 1),
    argon(65_536, 1, 17),
    argon(8, 999_999, 1),
    `$2b$15$${BCRYPT}`,
    `$2b$31$${BCRYPT}`,
  ];
  expect(bearable.filter((hash) => !isImportableHash(hash))).toEqual([]);
  expect(tooDear.filter(isImportableHash)).toEqual([]);
  expect(tooDear.filter((hash) => readForeignHash(hash))).toEqual([]);
});

test.each([
  '',
  'plain text',
  '5f4dcc3b5aa765d61d8327deb882cf99',
  `$2x$10$${BCRYPT}`,
  `$2b$03$${BCRYPT}`,
  `$2b$10$${BCRYPT}x`,
  `$scrypt$ln=0,r=8,p=1$${SALT}$${SCRYPT_DIGEST}`,
  `$scrypt$ln=14,r=0,p=1$${SALT}$${SCRYPT_DIGEST}`,
  `$scrypt$ln=14,r=8,p=0$${SALT}$${SCRYPT_DIGEST}`,
  `$scrypt$ln=14,r=8,p=1$${SALT}$short`,
  `$pbkdf2-md5$i=1000$${SALT}$${SCRYPT_DIGEST}`,
  `$pbkdf2-sha256$i=0$${SALT}$${SCRYPT_DIGEST}`,
  `$pbkdf2-sha256$i=1000$${SALT}$${'A'.repeat(200)}`,
  '{SSHA512}s9nsX1KIrZulJm9ErcgNOhUQFoQwMTIzNDU2Nw==',
  '{SSHA256}NdLyQmURP8a9/yi2slSvff9Hd02rrZORbCU9/QSoDx4=',
  '{MD5}X03MO1qnZdYdgyfeuILPmQ==',
  `$argon2x$v=19$m=4096,t=1,p=1$${SALT}$${SCRYPT_DIGEST}`,
  `$argon2id$v=19$m=4096,t=0,p=1$${SALT}$${SCRYPT_DIGEST}`,
  `$argon2id$v=19$m=7,t=1,p=1$${SALT}$${SCRYPT_DIGEST}`,
  `{SSHA}${'A'.repeat(1000)}`,
])('%j is no hash that can be imported', (text) => {
  expect(isImportableHash(text)).toBe(false);
});

test('bcrypt holds nobody up', async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 5);
  expect(await passwordHashing.verify(`$2b$11$${BCRYPT}`, PASSWORD)).toBe(false);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(10);
});
