/** The small forms of text that several blocks of jvAgent.json share. */
import { z } from 'zod';

export const text = z.string().trim().min(1).max(2_000);

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether an address, which must be one, is this machine's own. */
export const isLoopbackUrl = (url: string): boolean => loopbackHosts.has(new URL(url).hostname);

/** https, or http on loopback for the emulators; no user name, password or fragment in it. */
export const outsideUrl = z.string().refine((value) => {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password, hash } = new URL(value);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && loopbackHosts.has(hostname));
  return isSafe && username === '' && password === '' && hash === '';
}, 'an https url without user name, password or fragment');

/** A path on a server that is resolved below a configured url. */
export const urlPath = z
  .string()
  .max(500)
  .regex(/^\/(?!\/)[^\\\s?#]*$/, 'a path that begins with one slash');

/** A host name, or `*.` before one for all below it; `127.0.0.1:PORT` is for emulators. */
export const domain = z
  .string()
  .regex(/^((\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+|127\.0\.0\.1:[1-9][0-9]{0,4})$/, 'a host name in lower case');

/** The one host that a secret is for. */
export const host = domain.refine((name) => !name.startsWith('*.'), 'one host, without a pattern');

/** A branch as it may stand in a ref: no empty part, no leading dot or dash, no `.lock`. */
export const branch = z
  .string()
  .max(200)
  .regex(/^(?!.*\.\.)(?!.*\.lock(\/|$))[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/, 'a branch name');

/** A pattern of addresses: `*` is one segment, `**` any number of them. */
export const addressPattern = z
  .string()
  .max(400)
  .regex(/^(agent|slack)(\/(\*\*?|[A-Za-z0-9][A-Za-z0-9._-]*))*$/, 'a pattern such as agent/codechange/acme/**');

export const secretName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,79}$/, 'the name of a secret');

/** A folder on this machine: absolute, or below `~`. */
export const folder = z.string().regex(/^(\/|~(\/|$))[^\0]*$/, 'an absolute folder, or one below ~');

export const count = z.int().min(1);
