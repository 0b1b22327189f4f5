// The settings of what people see: whose server this is, and views of one's own. docs/branding.md.
import { accentColour, path, setting, shownName, webPage } from './setting-kinds.ts';

export const BRANDING_SETTINGS = {
  BRAND_NAME: setting(
    shownName.default('Latchkey'),
    'What people call this server: on every page, in mails and their sender, and in authenticator apps.',
  ),
  BRAND_LOGO_FILE: setting(
    path,
    'Its logo, .svg or .png, instead of ours. One that is twice as wide as high or more stands for the name too.',
  ),
  BRAND_COLOR: setting(
    accentColour('light'),
    'The colour of buttons and links, such as 0a58ca. One that could not be seen on the pages is refused, and the nearest that could is told.',
  ),
  BRAND_COLOR_DARK: setting(
    accentColour('dark'),
    'The same for dark pages. Without it, the nearest to BRAND_COLOR that can be seen there.',
  ),
  BRAND_SUPPORT_URL: setting(webPage, 'Where people get help; linked on every page.'),
  BRAND_IMPRINT_URL: setting(webPage, 'Who runs this server; linked on every page.'),
  VIEWS_DIR: setting(
    path,
    'A folder of views and assets that stand for ours of the same name; see docs/branding.md. Relative to the project.',
  ),
};
