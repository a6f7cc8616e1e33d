/** Reads where a board is from what a person types or pastes: an organization's name, or the address of one of its pages. */
import { isLoopbackUrl, outsideUrl } from '../../agents/config/forms.ts';
import { percentDecoded } from '../../base/text/percent.ts';
import { type Refusal, refuse } from '../../refusal.ts';

export interface BoardAddress {
  readonly organization: string;
  /** Absent for dev.azure.com. */
  readonly baseUrl?: string;
  /** If the address names one. */
  readonly project?: string;
}

const wrong = (why: string) =>
  refuse(
    'CONFIG_INVALID',
    why,
    'Type the name of the organization, or paste the address of your board, such as https://dev.azure.com/acme.',
  );

/** The parts of the path before the first one that begins with `_`, which names a page. */
function partsOf({ pathname }: URL): { parts: string[]; isPage: boolean } {
  const all = pathname.split('/').filter(Boolean).map(percentDecoded);
  const page = all.findIndex((part) => part.startsWith('_'));
  return { parts: page < 0 ? all : all.slice(0, page), isPage: page >= 0 };
}

/**
 * `acme`, `https://dev.azure.com/acme/Shop`, `https://acme.visualstudio.com`, or a server's own `https://host/tfs/Collection`, where
 * the last part is the collection, or the project if the address is that of a page (`.../_boards`).
 * https://learn.microsoft.com/azure/devops/extend/develop/work-with-urls
 */
export function boardAddressOf(text: string): BoardAddress | Refusal {
  const typed = text.trim().replace(/^(dev\.azure\.com\/|[\w-]+\.visualstudio\.com)/i, 'https://$1');
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(typed)) return { organization: typed };
  if (!URL.canParse(typed)) return wrong(`${JSON.stringify(text)} is neither a name nor an address`);
  const url = new URL(typed);
  if (!outsideUrl.safeParse(`${url.origin}/`).success) return wrong(`${url.origin} is not an https address`);
  const { parts, isPage } = partsOf(url);
  const [, account] = /^([^.]+)\.visualstudio\.com$/i.exec(url.hostname) ?? [];
  if (account) {
    const [project] = parts.filter((part) => part.toLowerCase() !== 'defaultcollection');
    return { organization: account, ...(project ? { project } : {}) };
  }
  if (url.hostname === 'dev.azure.com' || isLoopbackUrl(url.href)) {
    const [organization, project] = parts;
    if (!organization) return wrong(`${url.origin} names no organization`);
    const base = url.hostname === 'dev.azure.com' ? {} : { baseUrl: url.origin };
    return { organization, ...base, ...(project ? { project } : {}) };
  }
  const project = isPage && parts.length > 1 ? parts.pop() : undefined;
  const organization = parts.pop();
  if (!organization) return wrong(`${url.origin} names no collection`);
  const baseUrl = [url.origin, ...parts.map(encodeURIComponent)].join('/');
  return { organization, baseUrl, ...(project ? { project } : {}) };
}
