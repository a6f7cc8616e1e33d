/** Resolves a path against a configured url and makes sure that the result stays below it. */

/** Encoded separators and dots: a server behind a proxy may decode them, even twice. */
const disguised = /%(?:25)*(?:2e|2f|5c|00)/i;

/**
 * The url of `path` below `base` (origin and path prefix), or undefined if it would be anywhere else.
 * `path` begins with one slash and may end with a query.
 */
export function resolveInside(base: string, path: string): URL | undefined {
  const [pathname = ''] = path.split('?', 1);
  if (!/^\/(?!\/)/.test(path) || /[\\#\p{Cc}\p{Cf}\s]/u.test(path)) return undefined;
  if (disguised.test(pathname) || /\/\/|\/\.{1,2}(\/|$)/.test(pathname)) return undefined;
  const root = new URL(base);
  const prefix = root.pathname.replace(/\/+$/, '');
  const url = new URL(root.origin + prefix + path);
  return url.origin === root.origin && url.pathname.startsWith(`${prefix}/`) ? url : undefined;
}
