// Where the provider answers with a form that sends itself (form_post, logout without a session, a device's link with
// its code), it has a page with a script inside it. Ours says the same in our own page, whose policy allows no such
// script, and has a button for browsers without scripts.
import type { Context } from 'koa';
import { render } from '../http/render.ts';
import { allowFormRedirects } from '../http/security-headers.ts';

const TITLE = '<title>Submitting Callback</title>';
const ACTION = /<form method="post" action="([^"]*)">/;
const FIELD = /<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g;

/** Shows the provider's page as ours; every other answer stays. @throws when the provider's page has changed its form */
export function showSelfSentForm(ctx: Context): void {
  const { body } = ctx;
  if (typeof body !== 'string' || !body.includes(TITLE)) return;

  const action = ACTION.exec(body)?.[1];
  if (action === undefined) throw new Error('The provider sent a form that leads nowhere.');
  const fields = [...body.matchAll(FIELD)].map(([, name = '', value = '']) => ({
    name: unescaped(name),
    value: unescaped(value),
  }));
  allowFormRedirects(ctx);
  render(ctx, 'redirect/form-post', { action: unescaped(action), fields });
}

const CHARACTERS: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** The five characters that the provider escapes in attributes. */
function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (all, name: string) => CHARACTERS[name] ?? all);
}
