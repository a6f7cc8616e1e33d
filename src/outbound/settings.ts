/** How connections leave this machine, as the operator's settings say it: the proxy, who goes around it, and who is trusted. */
import { z } from 'zod';
import { known } from '../base/known.ts';
import { readAuthorities } from './authorities.ts';

/** HTTPS_PROXY and HTTP_PROXY: where the proxy listens. A name and password in it are secret. */
const proxyUrl = z
  .url({ protocol: /^https?$/, error: 'must be a url such as http://proxy.example:8080', abort: true })
  // In a password `/`, `?` and `#` end the host too early: its beginning would then be shown as the proxy's name.
  .refine((url) => {
    const { pathname, search, hash } = new URL(url);
    return pathname === '/' && `${search}${hash}` === '' && !/[?#]$/.test(url);
  }, 'must end with the port; in a name or password write / as %2F, ? as %3F and # as %23');

/** NODE_EXTRA_CA_CERTS: a file that becomes the certificates in it. */
const authorityFile = z.string().transform((path, context): string[] => {
  const read = readAuthorities(path);
  if ('authorities' in read) return read.authorities;
  context.addIssue({ code: 'custom', message: read.why });
  return z.NEVER;
});

/** The four settings, by their names in `.env` and in the environment. */
export const outboundNames = {
  HTTPS_PROXY: proxyUrl
    .optional()
    .describe(
      'the proxy for https addresses: its url, http or https, with a name and password if it wants them; see docs/proxy.md (none)',
    ),
  HTTP_PROXY: proxyUrl
    .optional()
    .describe(
      'the proxy for http addresses; only an `ANTHROPIC_BASE_URL` and hosts in `sandbox.domains` can have one (none)',
    ),
  NO_PROXY: z
    .string()
    .optional()
    .describe(
      'what is reached directly, with commas between: `*`, a host with everything below it, an address, a range such as `10.0.0.0/8`, each also with `:PORT` (none)',
    ),
  NODE_EXTRA_CA_CERTS: authorityFile
    .optional()
    .describe(
      'a file with the certificates of more authorities (PEM); they are trusted in addition to those of Node and of this machine (none)',
    ),
};

/** May contain the proxy's password: never log it. It is sent to workers as it is. */
export const outboundSettingsSchema = z.object({
  /** The url of the proxy for https addresses. */
  httpsProxy: z.string().exactOptional(),
  /** The url of the proxy for http addresses. */
  httpProxy: z.string().exactOptional(),
  /** As written in NO_PROXY. */
  noProxy: z.string(),
  /** The file of NODE_EXTRA_CA_CERTS. */
  authorityFile: z.string().exactOptional(),
  /** The certificates in it, PEM. */
  authorities: z.array(z.string()),
});

export type OutboundSettings = z.infer<typeof outboundSettingsSchema>;

/** The proxies' urls that contain a password, by the names of their settings. */
export function proxiesWithPassword({ httpsProxy, httpProxy }: OutboundSettings): Record<string, string> {
  const given = Object.entries(known({ HTTPS_PROXY: httpsProxy, HTTP_PROXY: httpProxy }));
  return Object.fromEntries(given.filter(([, url]) => new URL(url).password !== ''));
}
