// A User-Agent header in words, as in "Firefox on Windows". The words come from the lists below and never from the
// header, which anybody can fill with anything.

// The first that matches: most browsers also name those that they descend from.
const BROWSERS = [
  [/\bEdgA?(iOS)?\//, 'Edge'],
  [/\bOPR\/|\bOPiOS\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/Chrome\/|\bCriOS\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
] as const;

const SYSTEMS = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
] as const;

const MOST_CHARACTERS = 500;

/** Nothing for what is none of the browsers that people have. */
export function browserName(userAgent: string): string | undefined {
  const text = userAgent.slice(0, MOST_CHARACTERS);
  const browser = BROWSERS.find(([sign]) => sign.test(text))?.[1];
  const system = SYSTEMS.find(([sign]) => sign.test(text))?.[1];
  return browser && system ? `${browser}${ON}${system}` : browser;
}

const ON = ' on ';

/** For whoever says it in another language. */
export function partsOfBrowserName(name: string): { browser: string; system: string | undefined } {
  const [browser = name, system] = name.split(ON, 2);
  return { browser, system };
}
