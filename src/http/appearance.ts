// What all pages and mails look like on this server: its brand, its views and its assets. Made once, at start, where what is
// unusable stops the server by name; the language is another matter.
import type { Context, Middleware } from 'koa';
import type { Config } from '../config.ts';
import { type Assets, openAssets } from './asset-routes.ts';
import { type Brand, type BrandSettings, openBrand } from './brand.ts';
import { escapeHtml, plain } from './escaping.ts';
import { NO_OWN_VIEWS, readOwnViews } from './own-views.ts';
import { openTemplates, type Templates } from './templates.ts';

export interface Appearance {
  brand: Brand;
  assets: Assets;
  /** Pages, and the HTML of mails. */
  html: Templates;
  /** The text of mails. */
  text: Templates;
}

/**
 * @throws DomainError `invalid` `views_unusable`, `brand_logo_unusable`
 */
export function openAppearance(settings: BrandSettings & Pick<Config, 'viewsDir'>): Appearance {
  return appearanceOf(openBrand(settings), readOwnViews(settings.viewsDir));
}

/** Ours, as nobody has changed it. */
export function plainAppearance(): Appearance {
  ours ??= appearanceOf({ name: OUR_NAME, links: [] });
  return ours;
}

let ours: Appearance | undefined;

const OUR_NAME = 'Latchkey';

function appearanceOf(brand: Brand, own = NO_OWN_VIEWS): Appearance {
  return {
    brand,
    assets: openAssets(own, brand.logo),
    html: openTemplates(own, { escape: escapeHtml }),
    text: openTemplates(own, { escape: plain, keepsLines: true }),
  };
}

/** Comes before whatever shows a page. */
export function useAppearance({ appearance }: { appearance: Appearance }): Middleware {
  return (ctx, next) => {
    ctx.state.appearance = appearance;
    return next();
  };
}

/** For an answer that is made before any of this ran: ours. */
export function appearanceFor(ctx: Pick<Context, 'state'>): Appearance {
  return ctx.state.appearance ?? plainAppearance();
}
