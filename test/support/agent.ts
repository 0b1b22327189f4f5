// A browser as far as HTTP goes: cookies by name and path, redirects one at a time, forms as they stand in the page.
interface Cookie {
  name: string;
  value: string;
  path: string;
}

export interface Page {
  url: string;
  status: number;
  headers: Headers;
  body: string;
}

export interface Agent {
  cookies: Cookie[];
  /** One request, its redirect not followed. */
  open(
    url: string,
    form?: Record<string, string | string[]>,
    headers?: Record<string, string>,
  ): Promise<Page>;
  /** Follows redirects while they stay on the server, and answers the last page or the redirect that leaves. */
  browse(url: string, form?: Record<string, string | string[]>): Promise<Page>;
  /** Sends the form of a page with its hidden fields, as pressing the button with that id does. */
  submit(page: Page, buttonId: string, fields?: Record<string, string | string[]>): Promise<Page>;
}

export function createAgent(origin: string): Agent {
  const cookies: Cookie[] = [];

  async function open(
    url: string,
    form?: Record<string, string | string[]>,
    extra: Record<string, string> = {},
  ) {
    const target = new URL(url, origin);
    const response = await fetch(target, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        cookie: cookieHeader(cookies, target.pathname),
        ...(form && { origin, 'content-type': 'application/x-www-form-urlencoded' }),
        ...extra,
      },
      ...(form && { body: encode(form) }),
    });
    for (const line of response.headers.getSetCookie()) keep(cookies, line);
    return {
      url: target.href,
      status: response.status,
      headers: response.headers,
      body: await response.text(),
    };
  }

  async function browse(url: string, form?: Record<string, string | string[]>): Promise<Page> {
    let page = await open(url, form);
    for (let hops = 0; hops < 10; hops++) {
      const location = locationOf(page);
      if (!location || new URL(location).origin !== origin) return page;
      page = await open(location);
    }
    throw new Error(`too many redirects from ${url}`);
  }

  return {
    cookies,
    open,
    browse,
    submit(page, buttonId, fields = {}) {
      const form = formOf(page.body, buttonId);
      return browse(form.action, { ...form.fields, ...fields });
    },
  };
}

/** Where a redirect leads, if the page is one. */
export function locationOf(page: Page): string | undefined {
  const location = page.headers.get('location');
  return location && page.status >= 300 && page.status < 400
    ? new URL(location, page.url).href
    : undefined;
}

function encode(form: Record<string, string | string[]>): URLSearchParams {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(form))
    for (const one of [value].flat()) body.append(name, one);
  return body;
}

function cookieHeader(cookies: Cookie[], path: string): string {
  return cookies
    .filter(
      (cookie) => path === cookie.path || cookie.path === '/' || path.startsWith(`${cookie.path}/`),
    )
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
}

function keep(cookies: Cookie[], line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const name = pair.slice(0, pair.indexOf('='));
  const value = pair.slice(pair.indexOf('=') + 1);
  const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/';
  const known = cookies.findIndex((cookie) => cookie.name === name && cookie.path === path);
  if (known >= 0) cookies.splice(known, 1);
  const ended = value === '' || attributes.some((one) => /^expires=Thu, 01 Jan 1970/i.test(one));
  if (!ended) cookies.push({ name, value, path });
}

const unescape = (text: string) =>
  text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/&#x([\da-f]+);/gi, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    )
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');

function attribute(tag: string, name: string): string | undefined {
  const match = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
  return match ? unescape(match[1] ?? '') : undefined;
}

/** The form that holds the button: its action, its fields as they stand, and the button's own name and value. */
export function formOf(
  html: string,
  buttonId: string,
): { action: string; fields: Record<string, string | string[]> } {
  const forms = [...html.matchAll(/<form\b[\s\S]*?<\/form>/g)].map(([form]) => form);
  const button = [...html.matchAll(/<button\b[^>]*>/g)]
    .map(([tag]) => tag)
    .find((tag) => attribute(tag, 'id') === buttonId);
  const formId = button && attribute(button, 'form');
  const form = forms.find((one) =>
    formId ? attribute(one, 'id') === formId : one.includes(`id="${buttonId}"`),
  );
  if (!form || !button)
    throw new Error(`no form with a button ${buttonId} in: ${html.slice(0, 2000)}`);

  const fields: Record<string, string | string[]> = {};
  for (const [tag] of form.matchAll(/<input\b[^>]*>/g)) {
    const name = attribute(tag, 'name');
    const isOff = attribute(tag, 'type') === 'checkbox' && !/\schecked\b/.test(tag);
    if (!name || isOff) continue;
    const value = attribute(tag, 'value') ?? '';
    fields[name] =
      attribute(tag, 'type') === 'checkbox' ? [...[fields[name] ?? []].flat(), value] : value;
  }
  const name = attribute(button, 'name');
  if (name) fields[name] = attribute(button, 'value') ?? '';
  const action = attribute(button, 'formaction') ?? attribute(form, 'action');
  return { action: action ?? '', fields };
}
