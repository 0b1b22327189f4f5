// The mailbox of development: what would have been sent, for everybody who reaches the server. It exists only where the
// development pages do and no mail server is set; what is sent for real is nobody's but the recipient's.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import type { Config } from '../config.ts';
import { readParams } from '../http/input.ts';
import { render } from '../http/render.ts';
import { allowOwnFrames, framedHeaders } from '../http/security-headers.ts';
import { getReadMail, type ReadMail, readMails } from '../operations/mail/kept-mails.ts';
import { readSender } from '../operations/mail/mail-address.ts';
import type { Db } from '../storage/database.ts';

const MOST = 100;

const existing = z.object({ id: z.uuid() });

interface Deps {
  config: Pick<Config, 'mailFrom' | 'brandName' | 'issuer'>;
  db: Db;
  mailKey: Buffer;
}

/** All of /dev/mail, for everybody. Mount it only where there is a mailbox. */
export function mailboxRoutes(deps: Deps): Router {
  const router = new Router({ prefix: '/dev/mail' });

  router.get('/', async (ctx) => {
    const mails = await readMails(deps, MOST);
    if (ctx.accepts('html', 'json') === 'json') ctx.body = { mails };
    else render(ctx, 'mailbox/list', { mails: mails.map(lineOf), most: MOST });
  });

  router.get('/:id', async (ctx) => {
    const mail = await requested(ctx, deps);
    allowOwnFrames(ctx);
    render(ctx, 'mailbox/mail', {
      ...lineOf(mail),
      from: senderText(deps),
      text: mail.text,
      frame: `/dev/mail/${mail.id}/html`,
    });
  });

  router.get('/:id/html', async (ctx) => {
    const { html } = await requested(ctx, deps);
    framedHeaders(ctx);
    ctx.type = 'html';
    ctx.body = html;
  });

  return router;
}

function requested(ctx: Context, deps: Deps): Promise<ReadMail> {
  return getReadMail(deps, readParams(ctx, existing).id);
}

function senderText({ config }: Deps): string {
  const { name, address } = readSender(config);
  return name ? `${name} <${address}>` : address;
}

function lineOf({ id, to, subject, kind, createdAt }: ReadMail) {
  const at = createdAt.toISOString();
  return {
    href: `/dev/mail/${id}`,
    to,
    subject,
    kind,
    at,
    shownAt: at.slice(0, 19).replace('T', ' '),
  };
}
