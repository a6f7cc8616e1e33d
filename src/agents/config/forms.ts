/** Formats of values that several blocks of jvAgent.json share. */
import { z } from 'zod';

export const text = z.string().trim().min(1).max(2_000);

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a valid url points to this machine. */
export const isLoopbackUrl = (url: string): boolean => loopbackHosts.has(new URL(url).hostname);

/** An https url, or http on loopback for the emulators, without user name, password and fragment. */
export const outsideUrl = z.string().refine((value) => {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password, hash } = new URL(value);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && loopbackHosts.has(hostname));
  return isSafe && username === '' && password === '' && hash === '';
}, 'an https url without user name, password or fragment');

/** A path on a server, relative to a configured url. */
export const urlPath = z
  .string()
  .max(500)
  .regex(/^\/(?!\/)[^\\\s?#]*$/, 'a path that begins with one slash');

/** A host name, or `*.` and a host name for all its subdomains; `127.0.0.1:PORT` is for emulators. */
export const domain = z
  .string()
  .regex(/^((\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+|127\.0\.0\.1:[1-9][0-9]{0,4})$/, 'a host name in lower case');

/** The host that a secret is sent to. */
export const host = domain.refine((name) => !name.startsWith('*.'), 'a single host name without a wildcard');

/** A pattern of addresses: `*` matches one segment, `**` any number of segments. */
export const addressPattern = z
  .string()
  .max(400)
  .regex(/^(agent|slack)(\/(\*\*?|[A-Za-z0-9][A-Za-z0-9._-]*))*$/, 'a pattern such as agent/codechange/acme/**');

export const secretName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,79}$/, 'the name of a secret');

/** A folder on this machine: an absolute path, or one that begins with `~`. */
export const folder = z.string().regex(/^(\/|~(\/|$))[^\0]*$/, 'an absolute path, or one that begins with ~');

export const count = z.int().min(1);
