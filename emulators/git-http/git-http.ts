/**
 * A real git server over HTTP: `git http-backend` with tokens, and with rights and protected branches for each person.
 *
 * request -> repository by its path -> person by the token -> right to read or push -> git http-backend -> pre-receive hook
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileWhole } from '../../src/base/files.ts';
import type { Respond } from '../../src/base/http.ts';
import { runProgram } from '../../src/base/program.ts';
import { limits } from '../../src/limits.ts';
import { gitEnvironment } from './git.ts';

export interface GitPerson {
  login: string;
  token: string;
  /** If false, the person can only read. */
  push: boolean;
  /** Branches that this person may not push to or delete; `*` matches any characters. */
  protectedBranches?: readonly string[];
}

export interface GitRepository {
  /** The url path, such as `/acme/jsonpointer.git`; also accepted without `.git` and in any case. */
  path: string;
  /** Earlier paths, which are redirected to the present one. */
  formerPaths?: readonly string[];
  /** The bare repository. */
  directory: string;
  /** The people who can see it. */
  people: readonly GitPerson[];
  /** Branches that nobody may push to, and the message; read at each push. */
  policies?: readonly { branch: string; words: string }[];
}

const answerBytesMax = 1 << 30;

// Gets its rules from the environment of each push, so the repository contains no state of the server.
const preReceiveHook = `#!/bin/sh
set -f
refused=0
while read -r old new ref; do
  while read -r pattern words; do
    case "$ref" in
      $pattern) echo "\${words:-error: Protected branch update failed for $ref.}" >&2; refused=1 ;;
    esac
  done <<RULES
$PROTECTED_REFS
RULES
done
exit $refused
`;

const plain = (status: number, text: string, headers: Record<string, string> = {}) =>
  new Response(`${text}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } });

/** The token of an Authorization header: a Basic password (or a user name without password), or a Bearer token. */
function tokenOf(request: Request): string | undefined {
  const [scheme = '', value = ''] = (request.headers.get('authorization') ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const [user, ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return password.join(':') || user;
}

const bareName = (path: string) => path.toLowerCase().replace(/\.git$/, '');

interface Asked {
  path: string;
  /** `/info/refs`, `/git-upload-pack` or `/git-receive-pack`. */
  part: string;
  pushes: boolean;
}

function parseAsked(url: URL): Asked | undefined {
  const match = /^(.+?)(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/.exec(url.pathname);
  const [, path, part] = match ?? [];
  if (path === undefined || part === undefined) return undefined;
  const program = part === '/info/refs' ? url.searchParams.get('service') : part.slice(1);
  if (program !== 'git-upload-pack' && program !== 'git-receive-pack') return undefined;
  return { path: decodeURIComponent(path), part, pushes: program === 'git-receive-pack' };
}

/** Whether the request comes from git, and not from a browser or an API client. */
export const isGitRequest = (request: Request): boolean => parseAsked(new URL(request.url)) !== undefined;

/** Parses a CGI answer: header lines, an empty line, the body; the status is in a header. */
function parseCgiAnswer(bytes: Buffer): Response {
  const end = bytes.indexOf('\r\n\r\n');
  const headers = new Headers();
  for (const line of bytes.toString('latin1', 0, Math.max(end, 0)).split('\r\n').filter(Boolean)) {
    const colon = line.indexOf(':');
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const status = Number.parseInt(headers.get('status') ?? '200', 10);
  headers.delete('status');
  return new Response(new Uint8Array(bytes.subarray(end + 4)), { status, headers });
}

async function askBackend(request: Request, url: URL, part: string, repository: GitRepository, person: GitPerson) {
  const { directory, policies = [] } = repository;
  const header = (name: string) => request.headers.get(name) ?? '';
  const own = (person.protectedBranches ?? []).map((branch) => `refs/heads/${branch}`);
  const protectedRefs = [
    ...policies.map(({ branch, words }) => `refs/heads/${branch} ${words}`),
    ...own,
    'refs/pull/*',
  ];
  const { stdout, stderr } = await runProgram({
    file: 'git',
    args: ['http-backend'],
    env: {
      ...gitEnvironment,
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: part,
      REQUEST_METHOD: request.method,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
      REMOTE_USER: person.login,
      REMOTE_ADDR: '127.0.0.1',
      PROTECTED_REFS: protectedRefs.join('\n'),
    },
    input: Buffer.from(await request.arrayBuffer()),
    timeoutMs: limits.gitSecondsMax * 1000,
    output: { bytesMax: answerBytesMax },
  });
  return stdout.length > 0 ? parseCgiAnswer(stdout) : plain(500, stderr);
}

/** Serves the repositories; installs a hook in each one that protects branches. */
export function createGitHttp({ repositories }: { repositories: readonly GitRepository[] }): Respond {
  for (const { directory } of repositories) {
    const hook = join(directory, 'hooks', 'pre-receive');
    writeFileWhole(hook, preReceiveHook);
    chmodSync(hook, 0o755);
  }
  const tokens = new Set(repositories.flatMap(({ people }) => people.map(({ token }) => token)));

  return async (request) => {
    const url = new URL(request.url);
    const asked = parseAsked(url);
    if (!asked) return plain(404, 'Not Found');
    const token = tokenOf(request);
    if (token === undefined || !tokens.has(token)) {
      return plain(401, 'Authentication failed.', { 'www-authenticate': 'Basic realm="Git"' });
    }
    const wanted = bareName(asked.path);
    const isFormer = ({ formerPaths = [] }: GitRepository) => formerPaths.some((path) => bareName(path) === wanted);
    const present = repositories.find(({ path }) => bareName(path) === wanted);
    const repository = present ?? repositories.find(isFormer);
    const person = repository?.people.find((each) => each.token === token);
    // A person who may not see a repository gets the same answer as if it did not exist.
    if (!repository || !person) return plain(404, 'Repository not found.');
    if (!present) {
      const location = `${url.origin}${repository.path}${asked.part}${url.search}`;
      return plain(301, 'Moved Permanently', { location });
    }
    if (asked.pushes && !person.push) return plain(403, `Permission to ${repository.path} denied to ${person.login}.`);
    return askBackend(request, url, asked.part, repository, person);
  };
}
