// The doorway of the template engine. Our views, and where a deployment has its own of that name, those.
import { join } from 'node:path';
import { Eta } from 'eta';
import { assertUsable, type OwnViews, VIEWS } from './own-views.ts';

export interface Templates {
  /** @throws when the view needs something that the data lacks */
  render: (name: string, data: object) => string;
}

interface Kind {
  escape: (value: unknown) => string;
  /** Whether the line break after a tag stays, as a text needs it. */
  keepsLines?: boolean;
}

/** @throws DomainError `invalid` `views_unusable`, naming every own view that is no template */
export function openTemplates({ templates: own }: OwnViews, kind: Kind): Templates {
  const eta = new Eta({
    views: VIEWS,
    cache: true,
    autoEscape: true,
    escapeFunction: kind.escape,
    ...(kind.keepsLines && { autoTrim: false }),
  });
  const faults = [...own].flatMap(([name, text]) => replace(eta, name, text) ?? []);
  assertUsable(faults);
  return { render: (name, data) => eta.render(`/${name}`, data) };
}

/** The engine looks a view up by the path of its file, and finds this one there. */
function replace(eta: Eta, name: string, text: string): string | undefined {
  try {
    eta.loadTemplate(join(VIEWS, name), text);
    return undefined;
  } catch (error) {
    const [first = ''] = String(error instanceof Error ? error.message : error).split(/\n=+\n/);
    return `${name}: is no template: ${first.trim().replaceAll(/\s*\n\s*/g, ' ')}`;
  }
}
