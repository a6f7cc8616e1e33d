/** A registry of one tiny npm package, which answers only to its token and remembers who asked for what. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlain, type RequestListener } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenServer } from '../../src/base/http.ts';

/** Must be found nowhere in a sandbox. */
export const canary = 'canary-token-of-the-registry-5f1d';

const version = '1.0.0';

function packedPackage(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-package-'));
  try {
    mkdirSync(join(folder, 'package'));
    writeFileSync(join(folder, 'package/package.json'), JSON.stringify({ name: 'tiny', version, main: 'tiny.js' }));
    writeFileSync(join(folder, 'package/tiny.js'), 'module.exports = 42;\n');
    return execFileSync('tar', ['-czf', '-', 'package'], { cwd: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface PackageRegistry {
  /** `127.0.0.1:PORT` */
  host: string;
  port: number;
  requests: { method: string; path: string; authorization: string | undefined }[];
  /** package.json and package-lock.json of a project that depends on the package, as files by name. */
  project(origin?: string): Record<string, string>;
  close(): Promise<void>;
}

export async function startPackageRegistry(tls?: { key: string; cert: string }): Promise<PackageRegistry> {
  const archive = packedPackage();
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  const requests: PackageRegistry['requests'] = [];
  const file = `/tiny/-/tiny-${version}.tgz`;
  let origin = '';
  const listener: RequestListener = ({ method = '', url = '', headers }, response) => {
    requests.push({ method, path: url, authorization: headers.authorization });
    if (headers.authorization !== `Bearer ${canary}`) return void response.writeHead(401).end();
    if (url === file) return void response.end(archive);
    const dist = { tarball: `${origin}${file}`, integrity };
    const versions = { [version]: { name: 'tiny', version, dist } };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name: 'tiny', 'dist-tags': { latest: version }, versions }));
  };
  const server = tls ? createSecure(tls, listener) : createPlain(listener);
  const { port, close } = await listenServer(server as ReturnType<typeof createPlain>);
  origin = `http${tls ? 's' : ''}://127.0.0.1:${port}`;
  return {
    host: `127.0.0.1:${port}`,
    port,
    requests,
    project(from = origin) {
      const own = { name: 'project', version, dependencies: { tiny: version } };
      const tiny = { version, resolved: `${from}${file}`, integrity };
      const packages = { '': own, 'node_modules/tiny': tiny };
      const lock = { name: 'project', version, lockfileVersion: 3, requires: true, packages };
      return { 'package.json': JSON.stringify(own), 'package-lock.json': JSON.stringify(lock) };
    },
    close,
  };
}
