/** A seeded bare repository with its git server and GitHub over it on loopback, and a person's own clone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { seedRepository } from '../../emulators/demo-repository/seed.ts';
import { gitEnvironment } from '../../emulators/git-http/git.ts';
import { createGitHttp } from '../../emulators/git-http/git-http.ts';
import { openRepository } from '../../emulators/git-http/repository.ts';
import { createGitHub } from '../../emulators/github/github.ts';
import { type GitHubTenant, gitRepositoryOf } from '../../emulators/github/hosted.ts';
import { listen } from '../../src/base/http.ts';
import { runProgram } from '../../src/base/program.ts';

export const sourceFolder = resolve(import.meta.dirname, '../../emulators/demo-repository/jsonpointer');

const person = (owner: string, role: string) => ({
  login: `${owner}-${role}`,
  name: role,
  email: `${role}@${owner}.example.com`,
  token: `${owner}-${role}-token`,
  contents: 'write' as const,
  pullRequests: 'write' as const,
});

function tenantOf(folder: string, owner: string): GitHubTenant {
  return {
    owner,
    repository: 'jsonpointer',
    directory: join(folder, `${owner}.git`),
    teams: ['maintainers'],
    people: {
      agent: { ...person(owner, 'agent'), protectedBranches: ['main', 'customer/*'] },
      engineer: person(owner, 'engineer'),
      guest: { ...person(owner, 'guest'), contents: 'read' },
      reader: { ...person(owner, 'reader'), contents: 'read', pullRequests: 'read' },
    },
  };
}

export async function startGitWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'git-world-'));
  const tenants = ['acme', 'globex'].map((owner) => tenantOf(folder, owner));
  for (const { directory } of tenants) {
    await seedRepository({ directory, source: sourceFolder, branches: ['main', 'customer/acme'] });
  }
  const git = await listen(createGitHttp({ repositories: tenants.map(gitRepositoryOf) }));
  const github = createGitHub({ tenants });
  const api = await listen(github.fetch);
  const remote = (owner: string, token: string) =>
    git.url.replace('//', `//x:${token}@`).concat(`/${owner}/jsonpointer.git`);

  /** Runs git as a person would; answers its exit code and what it said. */
  async function run(cwd: string, ...args: string[]) {
    const who = { name: 'A Person', email: 'person@example.com' };
    const config = ['-c', `user.name=${who.name}`, '-c', `user.email=${who.email}`];
    const env = { ...gitEnvironment, HOME: folder };
    const { code, stdout, stderr } = await runProgram({
      file: 'git',
      args: [...config, ...args],
      env,
      cwd,
      timeoutMs: 20_000,
    });
    return { code, said: stdout.toString() + stderr };
  }

  return {
    folder,
    gitUrl: git.url,
    apiUrl: api.url,
    github,
    remote,
    run,
    repository: openRepository(join(folder, 'acme.git')),
    /** A new clone with one commit on a new branch, pushed as the agent, or as whom the remote names. */
    async pushBranch(
      branch: string,
      file: string,
      content: string,
      from = 'customer/acme',
      at = remote('acme', 'acme-agent-token'),
    ) {
      const clone = mkdtempSync(join(folder, 'clone-'));
      await run(folder, 'clone', '--quiet', '--branch', from, at, clone);
      await run(clone, 'checkout', '--quiet', '-B', branch);
      writeFileSync(join(clone, file), content);
      await run(clone, 'add', '.');
      await run(clone, 'commit', '--quiet', '-m', `change ${file}`);
      const pushed = await run(clone, 'push', '--quiet', 'origin', branch);
      if (pushed.code !== 0) throw new Error(pushed.said);
      return clone;
    },
    async close() {
      await Promise.all([git.close(), api.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
