// The worst passwords of every published leak, as far as they are long enough to be offered at all, and the words
// that people lengthen with digits. A blocklist stops the few guesses that rate limits let through; it need not be long.
const WORDS = 'password passwort passw0rd p@ssw0rd p@ssword pass passwd motdepasse contraseña wachtwoord heslo senha parola ' +
    'qwerty qwertz azerty qwertyui qwertyuiop qwertzuiop azertyuiop asdfgh asdfghjk asdfghjkl zxcvbnm yxcvbnm ' +
    'admin administrator root user test testtest guest demo default changeme letmein welcome login secret secure ' +
    'master access hello helloworld iloveyou loveyou princess sunshine dragon monkey football baseball basketball ' +
    'superman batman pokemon starwars michael jennifer jordan computer internet whatever trustno trustnoone ' +
    'spring summer autumn winter january december monday friday freedom liverpool arsenal chelsea ' +
    'abcdefg abcdefgh abcdefghi abc abcd abcde google facebook samsung correcthorsebatterystaple';
const SEQUENCES = '1q2w3e4r 1q2w3e4r5t 1qaz2wsx qazwsxedc 1qazxsw2 q1w2e3r4 a1b2c3d4 12qwaszx 123qweasd 123qweasdzxc qwe123qwe ' +
    'q1w2e3r4t5 zaq12wsx 123abc456 abc123abc 1234qwer asdf1234 zxcv1234 pa55word pa55w0rd adm1n123 0123456789';
const COMMON = new Set([...WORDS.split(' '), ...SEQUENCES.split(' ')]);
export function isCommonPassword(password) {
    return isOneOf(COMMON, password) || isRepetition(password) || isRun(password);
}
/** Whether it is one of the words, as it stands or with digits and signs appended: `Summer2026!` is `summer`. */
export function isOneOf(words, password) {
    const lower = password.toLowerCase();
    return words.has(lower) || words.has(lower.replace(/[^\p{L}]+$/u, ''));
}
/** `aaaaaaaa`, `12121212`, `abcabcabc`: a text of up to four characters again and again. */
function isRepetition(password) {
    return /^(.{1,4})\1+.{0,3}$/su.test(password);
}
/** `12345678`, `87654321`, `abcdefgh`: every character follows the one before, up or down. */
function isRun(password) {
    const codes = Array.from(password, (character) => character.codePointAt(0) ?? 0);
    const steps = new Set(codes.slice(1).map((code, i) => code - (codes[i] ?? 0)));
    return steps.size === 1 && (steps.has(1) || steps.has(-1));
}
//# sourceMappingURL=common-passwords.js.map