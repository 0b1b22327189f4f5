// Patterns: the words that people lengthen with digits, or write twice, until they are as long as is asked for, and
// what runs along the keyboard. No list of leaked passwords has all of their variations.

const WORDS =
  'password passwort passw0rd p@ssw0rd p@ssword pass passwd motdepasse contraseña wachtwoord heslo senha parola ' +
  'qwerty qwertz azerty qwertyui qwertyuiop qwertzuiop azertyuiop asdfgh asdfghjk asdfghjkl zxcvbnm yxcvbnm ' +
  'admin administrator root user test testtest guest demo default changeme letmein welcome login secret secure ' +
  'master access hello helloworld iloveyou loveyou princess sunshine dragon monkey football baseball basketball ' +
  'superman batman pokemon starwars michael jennifer jordan computer internet whatever trustno trustnoone ' +
  'spring summer autumn winter january december monday friday freedom liverpool arsenal chelsea ' +
  'abcdefg abcdefgh abcdefghi abc abcd abcde google facebook samsung correcthorsebatterystaple';

const SEQUENCES =
  '1q2w3e4r 1q2w3e4r5t 1qaz2wsx qazwsxedc 1qazxsw2 q1w2e3r4 a1b2c3d4 12qwaszx 123qweasd 123qweasdzxc qwe123qwe ' +
  'q1w2e3r4t5 zaq12wsx 123abc456 abc123abc 1234qwer asdf1234 zxcv1234 pa55word pa55w0rd adm1n123 0123456789';

/** What people make a password of that they believe to be long enough. */
export const OBVIOUS_WORDS: ReadonlySet<string> = new Set([
  ...WORDS.split(' '),
  ...SEQUENCES.split(' '),
]);

export function isCommonPassword(password: string): boolean {
  return isMadeOf(OBVIOUS_WORDS, password) || isRepetition(password) || isRun(password);
}

/**
 * Whether it is made of the words and of digits and signs alone: `Summer2026!` is `summer`, and so are
 * `summersummer1` and `2026-summer-summer`.
 */
export function isMadeOf(words: ReadonlySet<string>, password: string): boolean {
  const text = password.toLowerCase();
  const rest = text.replace(patternOf(words), '');
  return rest !== text && !/\p{L}/u.test(rest);
}

/** Any of the words, the longest that fits. */
function patternOf(words: ReadonlySet<string>): RegExp {
  const longestFirst = [...words].toSorted((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map(escaped).join('|'), 'gu');
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

/** `aaaaaaaa`, `12121212`, `abcabcabc`: a text of up to four characters again and again. */
function isRepetition(password: string): boolean {
  return /^(.{1,4})\1+.{0,3}$/su.test(password);
}

/** `12345678`, `87654321`, `abcdefgh`: every character follows the one before, up or down. */
function isRun(password: string): boolean {
  const codes = Array.from(password, (character) => character.codePointAt(0) ?? 0);
  const steps = new Set(codes.slice(1).map((code, i) => code - (codes[i] ?? 0)));
  return steps.size === 1 && (steps.has(1) || steps.has(-1));
}
