/** The files that pages load: our style and icon, and htmx from its package; each at an address with its content's hash, to be kept for ever. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { sha256 } from '../../base/digest.ts';

interface Asset {
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

const hashCharsShown = 12;

/** One file at one address, made of several. */
function assetOf(name: string, type: string, ...files: readonly string[]): Asset {
  const body = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  return { path: `/assets/${sha256(body).slice(0, hashCharsShown)}/${name}`, type, body };
}

const own = (name: string) => join(import.meta.dirname, name);
const packaged = (name: string) => createRequire(import.meta.url).resolve(`htmx.org/dist/${name}`);

export const style = assetOf('style.css', 'text/css; charset=utf-8', own('style.css'));
export const icon = assetOf('icon.svg', 'image/svg+xml', own('icon.svg'));

/** One file, since htmx looks at the page only once: an extension that came after that would find nothing to do. */
export const script = assetOf(
  'htmx.js',
  'text/javascript; charset=utf-8',
  packaged('htmx.min.js'),
  packaged('ext/hx-sse.min.js'),
);

/** Undefined where there is no such file, as at the address of an earlier version. */
export function assetAt(path: string): Asset | undefined {
  return [style, icon, script].find((one) => one.path === path);
}
