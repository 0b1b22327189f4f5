// The pages with their samples as the server answers with them, at /view/…, with ?ui_locales in any language; what a form sends is noted.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { type Appearance, plainAppearance, useAppearance } from '../../src/http/appearance.ts';
import { assetRoutes } from '../../src/http/asset-routes.ts';
import { openLanguages } from '../../src/http/languages.ts';
import { render } from '../../src/http/render.ts';
import { requestLanguage } from '../../src/http/request-language.ts';
import {
  allowOwnFrames,
  allowOwnRequests,
  framedHeaders,
  securityHeaders,
} from '../../src/http/security-headers.ts';
import { SAMPLES, type SampledView } from '../support/view-samples.ts';

export interface Gallery {
  origin: string;
  posted: URLSearchParams[];
  close(): void;
}

export async function openGallery(appearance = plainAppearance()): Promise<Gallery> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const posted: URLSearchParams[] = [];
  const answer = pages(origin, posted, appearance).callback();
  server.on('request', (request, response) => void answer(request, response));
  return {
    origin,
    posted,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function pages(origin: string, posted: URLSearchParams[], appearance: Appearance): Koa {
  const app = new Koa();
  app.use(securityHeaders({ issuer: origin }));
  app.use(requestLanguage({ config: { issuer: origin }, languages: openLanguages() }));
  app.use(useAppearance({ appearance }));
  app.use(assetRoutes(appearance.assets).routes());
  app.use(async (ctx) => {
    if (ctx.method === 'POST') {
      const chunks: Buffer[] = [];
      for await (const chunk of ctx.req) chunks.push(chunk);
      posted.push(new URLSearchParams(Buffer.concat(chunks).toString()));
      ctx.body = 'Received.';
      return;
    }
    if (ctx.path.startsWith('/dev/mail/')) {
      framedHeaders(ctx);
      ctx.type = 'html';
      ctx.body = '<!doctype html><html lang="en"><title>Mail</title><p>A mail</p></html>';
      return;
    }
    if (ctx.path.endsWith('/qr-code')) {
      ctx.type = 'image/svg+xml';
      ctx.body = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>';
      return;
    }
    if (ctx.path.endsWith('options')) {
      ctx.body = { challenge: 'AAAA', rpId: 'elsewhere.example', allowCredentials: [] };
      return;
    }
    const [, , folder, file, sample = ''] = ctx.path.split('/');
    const view = `${folder}/${file}` as SampledView;
    const data = SAMPLES[view][sample];
    if (view === 'mailbox/mail') allowOwnFrames(ctx);
    if (data && ('passkey' in data || 'options' in data)) allowOwnRequests(ctx);
    if (data) render(ctx, view, data);
  });
  return app;
}
