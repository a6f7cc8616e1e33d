/** The emulators as a company's network shows them: by https names that only its intercepting proxy knows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Emulators } from '../../emulators/start.ts';
import { type InterceptingProxy, startInterceptingProxy } from './intercepting-proxy.ts';

export const proxyPassword = 'canary-of-the-proxy';

export interface Company {
  /** As the platform is to know them; their servers are the same. */
  emulators: Emulators;
  proxy: InterceptingProxy;
  /** The operator's settings. */
  env: Record<'ANTHROPIC_BASE_URL' | 'HTTPS_PROXY' | 'NODE_EXTRA_CA_CERTS', string>;
  close(): Promise<void>;
}

/** `folder` takes the file with the certificate of the company's authority. */
export async function openCompany(emulators: Emulators, folder: string): Promise<Company> {
  const { urls, tenants } = emulators;
  const names = {
    'boards.example': urls.azureDevOps,
    'code.example': (path: string) => (path.includes('.git/') ? urls.git : urls.github),
    'model.example': urls.anthropic,
    'product.example': tenants.acme.instanceUrl,
  };
  const proxy = await startInterceptingProxy({ names, login: `jvagent:${proxyPassword}` });
  const file = join(folder, 'company.pem');
  writeFileSync(file, proxy.certificate);
  const outside = (url: string, name: keyof typeof names) => url.replace(new URL(url).origin, `https://${name}`);
  const acme = {
    ...tenants.acme,
    remote: outside(tenants.acme.remote, 'code.example'),
    azureRepos: { ...tenants.acme.azureRepos, remote: outside(tenants.acme.azureRepos.remote, 'boards.example') },
    instanceUrl: outside(tenants.acme.instanceUrl, 'product.example'),
  };
  const moved = {
    azureDevOps: outside(urls.azureDevOps, 'boards.example'),
    github: outside(urls.github, 'code.example'),
  };
  return {
    emulators: { ...emulators, urls: { ...urls, ...moved }, tenants: { ...tenants, acme } },
    proxy,
    env: {
      ANTHROPIC_BASE_URL: 'https://model.example',
      HTTPS_PROXY: proxy.url.replace('//', `//jvagent:${proxyPassword}@`),
      NODE_EXTRA_CA_CERTS: file,
    },
    close: proxy.close,
  };
}
