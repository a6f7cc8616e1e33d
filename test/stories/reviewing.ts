/** What people and programs do with an open pull request and its branches, past the platform. */
import { git } from '../../emulators/git-http/git.ts';
import type { World } from './world.ts';

export interface Reviewing {
  comment(number: number, text: string, role?: 'engineer' | 'other'): Promise<void>;
  askForChanges(number: number, text: string): Promise<void>;
  retarget(number: number, base: string): Promise<void>;
  /** A commit status, as older programs set it. */
  status(sha: string, context: string, state: 'failure' | 'success', description: string): Promise<void>;
  pull(number: number): Promise<{ state: string; draft: boolean; head: { sha: string }; base: { ref: string } }>;
  /** Commits these files on top of a branch; the new commit. */
  push(branch: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** The commit of a branch, of an abbreviated or full sha, or of `sha^`. */
  shaOf(rev: string): Promise<string>;
  parentsOf(sha: string): Promise<string[]>;
  subjectOf(sha: string): Promise<string>;
  fileAt(sha: string, path: string): Promise<string>;
}

/** On GitHub, at acme. */
export function reviewing({ emulators }: World): Reviewing {
  const { repository, secrets, directory } = emulators.tenants.acme;

  async function ask(method: string, path: string, body?: unknown, role: 'engineer' | 'other' = 'engineer') {
    const answer = await fetch(`${emulators.urls.github}/repos/${repository}${path}`, {
      method,
      headers: { authorization: `Bearer ${secrets.gitTokens[role]}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as unknown;
  }

  const shaOf = (rev: string) => git(directory, ['rev-parse', '--verify', rev]);
  return {
    comment: async (number, body, role) => void (await ask('POST', `/issues/${number}/comments`, { body }, role)),
    async askForChanges(number, body) {
      await ask('POST', `/pulls/${number}/reviews`, { event: 'REQUEST_CHANGES', body });
    },
    retarget: async (number, base) => void (await ask('PATCH', `/pulls/${number}`, { base })),
    async status(sha, context, state, description) {
      await ask('POST', `/statuses/${sha}`, { state, context, description });
    },
    pull: async (number) => (await ask('GET', `/pulls/${number}`)) as Awaited<ReturnType<Reviewing['pull']>>,
    async push(branch, files) {
      const changes = Object.entries(files).map(
        ([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
      );
      const who = `committer Erin Engineer <erin@acme.example.com> ${Math.floor(Date.now() / 1_000)} +0000`;
      const head = `commit refs/heads/${branch}\n${who}\ndata 6\npeople\nfrom ${await shaOf(branch)}\n`;
      await git(directory, ['fast-import', '--quiet'], { input: head + changes.join('') });
      return shaOf(branch);
    },
    shaOf,
    parentsOf: async (sha) => (await git(directory, ['show', '-s', '--format=%P', sha])).split(' '),
    subjectOf: (sha) => git(directory, ['show', '-s', '--format=%s', sha]),
    fileAt: (sha, path) => git(directory, ['show', `${sha}:${path}`]),
  };
}
