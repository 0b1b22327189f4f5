import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits, safe in URLs, headers and forms (base64url, 43 characters). */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Fit only for secrets of full entropy; a password goes through password-hash.ts. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** Compares in constant time; texts of different length differ. */
export function isSameSecret(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
