// Requests that are right but for one parameter, which is mangled in every way.
export const MANGLED: Record<string, string> = {
  empty: '',
  nul: 'a%00b',
  'a NUL alone': '%00',
  'bad percent-encoding': '%zz%',
  'a lone surrogate': '%ED%A0%80',
  'overlong UTF-8': '%C0%80%C0%AF',
  'line breaks': 'a%0D%0ASet-Cookie:%20a=b',
  'escape sequences': '%1B%5B2J',
  'bidi and astral characters': '%E2%80%AE%F0%9F%98%80',
  'a negative number': '-1',
  'a huge number': '9'.repeat(400),
  'not a number': 'NaN',
  JSON: '%7B%22a%22%3A%5B%5D%7D',
  'a path': '..%2F..%2Fetc%2Fpasswd',
  SQL: '%27%20OR%201%3D1%3B--',
  'an object’s innards': '__proto__',
  'six thousand characters': 'x'.repeat(6000),
  'many words': 'openid+'.repeat(800),
  'a token without content': '..',
  'an unsigned token': 'eyJhbGciOiJub25lIn0.e30.',
  'a token that holds a list': `eyJhbGciOiJFUzI1NiJ9.${Buffer.from('[]').toString('base64url')}.AAAA`,
  'a token that holds odd claims': `eyJhbGciOiJFUzI1NiJ9.${Buffer.from('{"iss":{},"sub":[],"aud":{"a":1},"exp":"x","jti":7}').toString('base64url')}.AAAA`,
  'an encrypted token': 'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AA.AA.AA.AA',
};

export type Form = Record<string, string>;

export interface Sent {
  what: string;
  method: string;
  url: string;
  body?: string;
  headers?: Record<string, string>;
}

/** What was answered with a 5xx, or not at all. */
export async function failures(issuer: string, requests: Sent[]): Promise<string[]> {
  const failed: string[] = [];
  for (const { what, method, url, body, headers = {} } of requests) {
    const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const status = await fetch(`${issuer}${url}`, {
      method,
      redirect: 'manual',
      headers: { ...type, ...headers },
      ...(body !== undefined && { body }),
    }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.status;
      },
      (error: Error) => 600 + error.message.length,
    );
    if (status >= 500) failed.push(`${status} ${method} ${url.slice(0, 60)} ${what.slice(0, 90)}`);
  }
  return failed;
}

const encoded = (form: Form, mangled?: [string, string]) =>
  [
    ...Object.entries(form).map(([name, value]) => [name, encodeURIComponent(value)]),
    ...(mangled ? [mangled] : []),
  ]
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

/** Each parameter mangled in each way, left out, given twice, and as the member of an object. */
function variants(form: Form): { what: string; text: string }[] {
  return Object.keys(form).flatMap((name) => {
    const { [name]: value = '', ...rest } = form;
    return [
      ...Object.entries(MANGLED).map(([way, text]) => ({
        what: `${name}: ${way}`,
        text: encoded(rest, [name, text]),
      })),
      { what: `${name}: missing`, text: encoded(rest) },
      { what: `${name}: twice`, text: encoded(form, [name, encodeURIComponent(value)]) },
      { what: `${name}: as an object`, text: encoded(rest, [`${name}[a][__proto__]`, '1']) },
      { what: `${name}: as a name`, text: encoded(rest, [`${name}%00%ff`, '1']) },
    ];
  });
}

export const inQuery = (path: string, form: Form, headers?: Record<string, string>): Sent[] =>
  variants(form).map(({ what, text }) => ({
    what,
    method: 'GET',
    url: `${path}?${text}`,
    ...(headers && { headers }),
  }));

export const inBody = (url: string, form: Form, headers?: Record<string, string>): Sent[] =>
  variants(form).map(({ what, text }) => ({
    what,
    method: 'POST',
    url,
    body: text,
    ...(headers && { headers }),
  }));
