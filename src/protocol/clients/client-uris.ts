// Which URIs a client may be registered with. Redirects are later matched exactly (RFC 9700 §2.1);
// only the port of a native client's loopback redirect is left open (RFC 8252 §7.3).
import type { ClientType } from './client-presets.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Why a redirect URI can't be registered, or nothing. */
export function faultOfRedirectUri(uri: string, type: ClientType): string | undefined {
  const url = URL.parse(uri);
  if (!url) return 'is not an absolute URI';
  const rule = REDIRECT_RULES.find(({ broken }) => broken(url, uri));
  if (rule) return rule.fault;
  return type === 'native' ? faultOfNativeScheme(url) : faultOfWebScheme(url);
}

/** Why a logo can't be registered, or nothing. Our pages load images over https alone: see security-headers.ts. */
export function faultOfLogoUri(uri: string): string | undefined {
  const fault = faultOfWebUri(uri);
  if (fault) return fault;
  return URL.parse(uri)?.protocol === 'https:'
    ? undefined
    : 'must be https: our pages load no other images';
}

/** Why a page that OpenID Connect wants to be https (initiate_login_uri) can't be registered, or nothing. */
export function faultOfHttpsUri(uri: string): string | undefined {
  const fault = faultOfWebUri(uri);
  if (fault) return fault;
  return URL.parse(uri)?.protocol === 'https:' ? undefined : 'must be https';
}

/** Why a page of the client (policy, terms, home) or its back-channel can't be registered, or nothing. */
export function faultOfWebUri(uri: string): string | undefined {
  const url = URL.parse(uri);
  if (!url) return 'is not an absolute URI';
  if (url.username || url.password) return 'must not hold a username or password';
  return faultOfWebScheme(url);
}

const REDIRECT_RULES: { broken: (url: URL, uri: string) => boolean; fault: string }[] = [
  { broken: (_, uri) => uri.includes('#'), fault: 'must not have a fragment' },
  {
    broken: (_, uri) => /[\s\\*]/.test(uri),
    fault: 'must not hold spaces, backslashes or wildcards',
  },
  {
    broken: (url) => Boolean(url.username || url.password),
    fault: 'must not hold a username or password',
  },
  {
    broken: (url) => /^(javascript|data|vbscript|file|blob|about):$/.test(url.protocol),
    fault: 'must not use this scheme',
  },
];

function faultOfWebScheme(url: URL): string | undefined {
  if (url.protocol === 'https:' || isLoopbackHttp(url)) return undefined;
  return 'must be https (http only on localhost)';
}

function faultOfNativeScheme(url: URL): string | undefined {
  if (url.protocol === 'https:' || isLoopbackHttp(url)) return undefined;
  if (url.protocol === 'http:') return 'must be https (http only on 127.0.0.1, [::1] or localhost)';
  return /^[a-z][\w+-]*(\.[\w+-]+)+:$/.test(url.protocol)
    ? undefined
    : 'must use a scheme of its own domain, such as com.example.app (RFC 8252 §7.1)';
}

const isLoopbackHttp = (url: URL) => url.protocol === 'http:' && LOOPBACK.has(url.hostname);
