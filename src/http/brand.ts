// Whose server it is, as pages and mails show it: name, logo, accent and links, from the settings. Every node has the
// same and reads nothing for it.
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Config } from '../config.ts';
import { type Accent, accentOf } from '../foundation/accent.ts';
import { DomainError } from '../foundation/errors.ts';
import { logoShape } from './logo-shape.ts';

export interface Brand {
  name: string;
  logo?: BrandLogo | undefined;
  accent?: Accent | undefined;
  links: readonly BrandLink[];
}

export interface BrandLogo {
  content: Buffer;
  extension: '.svg' | '.png';
  /** Twice as wide as high or more: the name is in it, and not written beside. */
  isWordmark: boolean;
}

interface BrandLink {
  id: string;
  /** The name of its text. */
  label: string;
  url: string;
  /** What it is, where HTML has a word for it, and nothing for the page behind to get hold of. */
  rel: string;
}

export type BrandSettings = Pick<
  Config,
  | 'brandName'
  | 'brandLogoFile'
  | 'brandColor'
  | 'brandColorDark'
  | 'brandSupportUrl'
  | 'privacyUrl'
  | 'termsUrl'
  | 'brandImprintUrl'
>;

const MOST_LOGO_BYTES = 512 * 1024;
const WORDMARK_RATIO = 2;
const APART = 'noopener noreferrer';

/** @throws DomainError `invalid` `brand_logo_unusable` */
export function openBrand(settings: BrandSettings): Brand {
  const { brandName: name, brandLogoFile: file, brandColor, brandColorDark } = settings;
  return {
    name,
    logo: file === undefined ? undefined : readLogo(file),
    accent: brandColor && accentOf(brandColor, brandColorDark),
    links: linksOf(settings),
  };
}

function linksOf(settings: BrandSettings): BrandLink[] {
  const links = [
    {
      id: 'footer-support',
      label: 'footer.support',
      url: settings.brandSupportUrl,
      rel: `help ${APART}`,
    },
    {
      id: 'footer-privacy',
      label: 'footer.privacy',
      url: settings.privacyUrl,
      rel: `privacy-policy ${APART}`,
    },
    {
      id: 'footer-terms',
      label: 'footer.terms',
      url: settings.termsUrl,
      rel: `terms-of-service ${APART}`,
    },
    { id: 'footer-imprint', label: 'footer.imprint', url: settings.brandImprintUrl, rel: APART },
  ] as const;
  return links.flatMap(({ url, ...link }) => (url === undefined ? [] : [{ ...link, url }]));
}

function readLogo(file: string): BrandLogo {
  const extension = extname(file).toLowerCase();
  if (extension !== '.svg' && extension !== '.png') throw unusable(file, 'must be .svg or .png');

  const content = contentOf(file);
  if (content.length > MOST_LOGO_BYTES) throw unusable(file, 'is larger than 512 KiB');
  const shape = logoShape(content, extension);
  if (!shape) throw unusable(file, `is no ${extension.slice(1).toUpperCase()} image`);
  return { content, extension, isWordmark: shape.width >= WORDMARK_RATIO * shape.height };
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw unusable(file, 'cannot be read', cause);
  }
}

function unusable(file: string, fault: string, cause?: unknown): DomainError {
  const message = `BRAND_LOGO_FILE: ${file} ${fault}`;
  return new DomainError('invalid', 'brand_logo_unusable', message, { cause });
}
