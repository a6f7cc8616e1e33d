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

function assetOf(name: string, type: string, file: string): Asset {
  // Without the line that would send the browser for a map.
  const body = readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  return { path: `/assets/${sha256(body).slice(0, hashCharsShown)}/${name}`, type, body };
}

const packaged = (name: string) => createRequire(import.meta.url).resolve(`htmx.org/dist/${name}`);

export const style = assetOf('style.css', 'text/css; charset=utf-8', join(import.meta.dirname, 'style.css'));

export const icon = assetOf('icon.svg', 'image/svg+xml', join(import.meta.dirname, 'icon.svg'));

/** In the order in which a page loads them. */
export const scripts: readonly Asset[] = [
  assetOf('htmx.js', 'text/javascript; charset=utf-8', packaged('htmx.min.js')),
  assetOf('hx-sse.js', 'text/javascript; charset=utf-8', packaged('ext/hx-sse.min.js')),
];

/** Undefined where there is no such file, as at the address of an earlier version. */
export function assetAt(path: string): Asset | undefined {
  return [style, icon, ...scripts].find((one) => one.path === path);
}
