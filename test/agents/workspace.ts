/** A workspace in a folder of its own, filled by path and removed after the test. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What an agent with a board and a repository cannot do without, and that the test does not set: values of its own. */
function withSecrets(files: Record<string, unknown>): Record<string, unknown> {
  const filled = { ...files };
  for (const [file, config] of Object.entries(files)) {
    if (!file.endsWith('/jvAgent.json') || typeof config !== 'object' || config === null || !('git' in config))
      continue;
    const secrets = file.replace('jvAgent.json', 'secrets.env');
    const own = file.slice(0, -'/jvAgent.json'.length).replaceAll('/', '-');
    const given = typeof files[secrets] === 'string' ? files[secrets] : '';
    const needed = {
      AZDO_PAT: `the-azdo-pat-of-${own}`,
      GIT_TOKEN: `the-git-token-of-${own}`,
      GIT_REMOTE: 'https://github.com/yourorg/product.git',
      INSTANCE_API_TOKEN: `the-instance-token-of-${own}`,
    };
    const missing = Object.entries(needed).filter(([name]) => !new RegExp(`^${name}=`, 'm').test(given));
    filled[secrets] = [given.trimEnd(), ...missing.map(([name, value]) => `${name}=${value}`), '']
      .join('\n')
      .trimStart();
  }
  return filled;
}

/**
 * An object is written as JSON; secrets.env gets mode 600, other files 644. A code change agent gets the secrets that it needs and
 * that `files` do not set; `write` adds nothing.
 */
export function createWorkspace(files: Record<string, unknown> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'workspace-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (file: string, content: unknown) => {
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    chmodSync(path, file.endsWith('.env') ? 0o600 : 0o644);
  };
  for (const [file, content] of Object.entries(withSecrets(files))) write(file, content);
  return { root, write, path: (file: string) => join(root, file) };
}

/** A sound code change agent for one customer. */
export function customerConfig(customer: string, more: Record<string, unknown> = {}) {
  return {
    id: `codechange/${customer}`,
    devops: {
      organization: 'yourorg',
      project: `${customer}Project`,
      stateMapping: {
        new: 'New',
        planning: 'Planning',
        planReady: 'Plan Ready',
        approved: 'Approved',
        inProgress: 'In Progress',
        prCreated: 'PR Created',
        deployed: 'Deployed',
      },
    },
    git: { customerBranch: `customer/${customer}`, branchPrefix: `feature/${customer}-`, provider: 'github' },
    instance: { name: customer, url: `https://api.${customer}.example.com` },
    ...more,
  };
}
