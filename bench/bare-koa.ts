// The first yardstick, run as a process: what Koa itself costs to take a form and answer a small JSON.
import Koa, { type Context } from 'koa';

const TOKEN = 'x'.repeat(360);

const app = new Koa();
app.use(async (ctx) => {
  const form = await readForm(ctx);
  ctx.set('Cache-Control', 'no-store');
  ctx.body = {
    access_token: TOKEN,
    token_type: 'Bearer',
    expires_in: 600,
    scope: form.get('scope') ?? '',
  };
});
app.listen(Number(process.env['PORT']), '127.0.0.1');

async function readForm({ req }: Context): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
