// What a forged answer of an authenticator says instead of the truth, one thing at a time.
import { type Ceremony, FLAGS } from './security-key.ts';

type Lie = [name: string, (truth: Ceremony) => Partial<Ceremony>];
export const LIES: Lie[] = [
  ['an origin with a suffix', ({ origin }) => ({ origin: `${origin}.evil.example` })],
  ['an origin with another port', () => ({ origin: 'http://127.0.0.1:1' })],
  ['an origin with a prefix', ({ origin }) => ({ origin: origin.replace('//', '//evil.') })],
  ['an origin with a path', ({ origin }) => ({ origin: `${origin}/` })],
  ['an origin that is null', () => ({ origin: 'null' })],
  ['another rpId', () => ({ rpId: 'evil.example' })],
  ['a frame of somebody else', () => ({ crossOrigin: true })],
  ['no user verification', () => ({ flags: FLAGS.up })],
  ['no user presence', () => ({ flags: FLAGS.uv })],
  ['a synced passkey that was none', () => ({ flags: FLAGS.up | FLAGS.uv | FLAGS.be })],
  ['a backup of what cannot be backed up', () => ({ flags: FLAGS.up | FLAGS.uv | FLAGS.bs })],
  ['a registration', () => ({ type: 'webauthn.create' })],
  ['a payment', () => ({ type: 'payment.get' })],
  ['a challenge of its own', () => ({ challenge: 'A'.repeat(75) })],
  ['an empty challenge', () => ({ challenge: '' })],
  ['no user handle', () => ({ userHandle: undefined })],
  ['the user handle of nobody', () => ({ userHandle: 'A'.repeat(43) })],
];
