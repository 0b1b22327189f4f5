// axe in a page without frames. @axe-core/playwright puts it there anew for each look, which takes longer than the look.
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** All that depends on light and dark. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** What axe finds in light, and of colours in dark: the rule and the first element of each. */
export async function findInLightAndDark(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.evaluate(axe.source);
  const inLight = await find(page, {});
  await page.emulateMedia({ colorScheme: 'dark' });
  return [...inLight, ...(await find(page, { runOnly: COLOUR_RULES }))];
}

async function find(page: Page, options: axe.RunOptions): Promise<string[]> {
  const run = JSON.stringify({ ...options, resultTypes: ['violations'] });
  return page.evaluate<string[]>(
    `axe.run(document, ${run}).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes[0]?.html))`,
  );
}
