export interface Answer {
  status: number;
  headers: Headers;
  json: Record<string, string>;
  text: string;
}

/** Posts a form as a client would and reads the answer, JSON if it is. */
export async function postForm(
  url: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return read(
    await fetch(url, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers,
      redirect: 'manual',
    }),
  );
}

export async function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return read(await fetch(url, { headers, redirect: 'manual' }));
}

export function basic(id: string, secret: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

export const bearer = (token: string): { authorization: string } => ({
  authorization: `Bearer ${token}`,
});

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text ? JSON.parse(text) : {},
  };
}
