/** Rich text as Azure DevOps keeps it: whose files it shows, and a form of it that stays the same when only the server touched it. */
import { pastedFileText } from '../../work-items/pasted-file.ts';

/** Where the attachments of one project are. */
export interface AttachmentPlace {
  baseUrl: string;
  organization: string;
  project: string;
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function character(code: number): string {
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : '';
}

const segmentsOf = ({ pathname }: URL) => pathname.toLowerCase().split('/').filter(Boolean);

/**
 * How a text names the attachment at an address, `attachment:ID/NAME`; undefined for an address of another host, organization
 * or project. Addresses name the project by its id or name, or not at all:
 * https://learn.microsoft.com/rest/api/azure/devops/wit/attachments.
 */
export function nameAttachment(place: AttachmentPlace, address: string): string | undefined {
  const url = URL.parse(address);
  const home = `${encodeURIComponent(place.organization)}/${encodeURIComponent(place.project)}`;
  const ours = URL.parse(`${place.baseUrl.replace(/\/+$/, '')}/${home}`);
  if (!url || !ours || url.origin !== ours.origin || url.username || url.password) return undefined;
  const organization = segmentsOf(ours);
  const project = organization.pop();
  const path = segmentsOf(url);
  const rest = path.splice(organization.length);
  if (path.join('/') !== organization.join('/')) return undefined;
  const [itsProject = ''] = rest.length === 5 ? rest.splice(0, 1) : [project];
  if (itsProject !== project && !guid.test(itsProject)) return undefined;
  const id = rest.pop() ?? '';
  if (rest.join('/') !== '_apis/wit/attachments' || !guid.test(id)) return undefined;
  return pastedFileText({ id, name: url.searchParams.get('fileName') ?? '' });
}

/**
 * One form for all the ways in which the server writes the same rich text back: white space and numeric entities may
 * differ, every tag, attribute and word counts.
 */
export function settled(raw: string): string {
  return raw
    .replace(/&#(x[0-9a-f]+|\d+);/gi, (_, code: string) => {
      const char = character(/^x/i.test(code) ? Number.parseInt(code.slice(1), 16) : Number(code));
      // Markup characters stay escaped, or text could turn into a tag.
      return { '<': '&lt;', '>': '&gt;', '&': '&amp;' }[char] ?? char;
    })
    .replace(/&nbsp;|\s+/g, ' ')
    .replace(/ *(<[^<>]*>) */g, '$1')
    .replace(/ {2,}/g, ' ')
    .trim();
}
