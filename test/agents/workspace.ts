/** A workspace in a folder of its own, filled by path and removed after the test. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An object is written as JSON; secrets.env gets mode 600, other files 644. */
export function createWorkspace(files: Record<string, unknown> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'workspace-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (file: string, content: unknown) => {
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    chmodSync(path, file.endsWith('.env') ? 0o600 : 0o644);
  };
  for (const [file, content] of Object.entries(files)) write(file, content);
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
