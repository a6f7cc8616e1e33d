/**
 * The one place that starts git: a fixed environment from nothing, a fixed list of overrides, one repository of our own.
 *
 * Invariant: git never sees a config, hook or program that an agent or a repository can write. Attributes are read from
 * commits only, and no driver that they name exists.
 */

import { join } from 'node:path';
import { OutsideError, type OutsideErrorFacts } from '../base/errors.ts';
import { opaqueId } from '../base/opaque-id.ts';
import { type ProgramResult, runProgram } from '../base/program.ts';
import { createRedact, type NamedSecret } from '../base/redact.ts';
import { startOf } from '../documents/cut.ts';
import { limits } from '../limits.ts';
import { type Explained, nameWords, proxyWords, untrustedWords } from '../outbound/fault.ts';

/** Where an agent's repository is on this machine. */
export function repositoryFolderOf(stateFolder: string, agentId: string): string {
  return join(stateFolder, 'repos', opaqueId(agentId));
}

/** The bare repository in that folder, and the home of the programs that work on it. */
export const placesIn = (folder: string) => ({ gitDir: join(folder, 'repository.git'), home: join(folder, 'home') });

/** Later git versions add programs that a config can start; what is not named here still has no config file to come from. */
const overrides = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.sshCommand=/bin/false',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'diff.external=',
  'credential.helper=',
  'protocol.allow=never',
  'http.followRedirects=false',
  'http.proxy=',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'push.recurseSubmodules=no',
  'push.followTags=false',
  'push.gpgSign=false',
  'commit.gpgSign=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'transfer.fsckObjects=true',
  // Faults of old tools that are common in real histories and do no harm.
  'fetch.fsck.zeroPaddedFilemode=warn',
  'fetch.fsck.badTimezone=warn',
  'fetch.fsck.missingSpaceBeforeDate=warn',
  'log.showSignature=false',
];

export interface GitCall {
  input?: string | Buffer;
  /** Added to the fixed environment of this one child. */
  env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers; 0 when absent. */
  okCodes?: readonly number[];
  timeoutMs?: number;
  /** An open file that takes the output. */
  outputFd?: number;
  outputBytesMax?: number;
  /** Output beyond `outputBytesMax` may be cut off; otherwise it is an error. */
  mayCut?: boolean;
}

/** Runs git on our repository; throws OutsideError (system `git`) unless it ends with one of `okCodes`. */
export type Git = (args: readonly string[], call?: GitCall) => Promise<ProgramResult>;

export interface GitOptions {
  /** The git program, instead of the machine's own. */
  file?: string | undefined;
  /** The bare repository, owned by the host. */
  gitDir: string;
  /** An empty folder of ours. */
  home: string;
  /** Taken out of every error text. */
  secrets: readonly NamedSecret[];
}

function fixedEnvironment(gitDir: string, home: string): Record<string, string> {
  return {
    PATH: '/usr/bin:/bin',
    HOME: home,
    XDG_CONFIG_HOME: home,
    LANG: 'C.UTF-8',
    GIT_DIR: gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    SSH_ASKPASS: '/bin/false',
    GIT_EDITOR: '/bin/false',
    GIT_SEQUENCE_EDITOR: '/bin/false',
    GIT_PAGER: 'cat',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_OPTIONAL_LOCKS: '0',
  };
}

/** What git's words mean, the first that fits. */
const kinds: readonly [RegExp, OutsideErrorFacts['kind']][] = [
  // Faulty objects do not repair themselves.
  [/fsck error/, 'refused'],
  [/Authentication failed|could not read (Username|Password)|returned error: 40[13]/, 'auth'],
  [/returned error: 404|repository .* not found|couldn't find remote ref/i, 'missing'],
  [/returned error: 429/, 'limited'],
  [/unable to update url base from redirection|returned error: 3\d\d/, 'refused'],
  [/returned error: 5\d\d/, 'failed'],
  [/Could not resolve|Failed to connect|Connection (refused|reset)|timed out|hung up|unable to access/, 'unreachable'],
];

/** What curl's words mean for the way to the remote. */
function explainedOf(words: string): Explained | undefined {
  const [, host = 'the remote'] = /unable to access 'https?:\/\/([^/']+)/.exec(words) ?? [];
  const [, status] = /(?:HTTP code|CONNECT tunnel failed, response) (\d{3})/.exec(words) ?? [];
  if (status) return proxyWords(Number(status), host, 'the proxy');
  if (/certificate verification failed|unable to get (local )?issuer|self[- ]signed certificate/i.test(words))
    return untrustedWords(host, undefined);
  const [, which, name] = /Could not resolve (host|proxy): ([^\s;']+)/.exec(words) ?? [];
  return name ? nameWords(name, which === 'proxy') : undefined;
}

/** The error for an exit code that is not an answer; `words` are git's own, redacted. */
export function gitFailure(args: readonly string[], result: ProgramResult, words: string): OutsideError {
  const kind = result.timedOut ? 'unreachable' : (kinds.find(([pattern]) => pattern.test(words))?.[1] ?? 'failed');
  const status = /returned error: (\d{3})/.exec(words)?.[1];
  const explained = kind === 'unreachable' ? explainedOf(words) : undefined;
  const own = explained?.why ?? (startOf(words.trim(), 2_000) || `ended with code ${result.code}`);
  const why = result.timedOut ? 'took too long' : own;
  return new OutsideError(`git ${args[0]}: ${why}`, {
    system: 'git',
    request: `git ${args[0]}`,
    kind,
    status: status ? Number(status) : undefined,
    fix: explained?.fix,
    token: kind === 'auth' ? 'GIT_TOKEN' : undefined,
  });
}

export function createGit({ file = '/usr/bin/git', gitDir, home, secrets }: GitOptions): Git {
  const fixed = fixedEnvironment(gitDir, home);
  const redact = createRedact(secrets);
  const head = ['--no-pager', '--no-replace-objects', '--literal-pathspecs', ...overrides.flatMap((it) => ['-c', it])];
  return async (args, call = {}) => {
    const { env = {}, okCodes = [0], timeoutMs = limits.gitSecondsMax * 1_000, mayCut = false } = call;
    const { input, outputFd, outputBytesMax } = call;
    const result = await runProgram({
      file,
      args: [...head, ...args],
      env: { ...fixed, ...env },
      timeoutMs,
      input,
      output: { fd: outputFd, bytesMax: outputBytesMax },
    });
    const stderr = redact(result.stderr);
    if (result.truncated && !mayCut) throw gitFailure(args, result, 'its output was too large');
    if (result.code === null || !okCodes.includes(result.code)) throw gitFailure(args, result, stderr);
    return { ...result, stderr };
  };
}

/** The records of an output in which each ends with a NUL. */
export function records(stdout: Buffer): string[] {
  const parts = stdout.toString('utf8').split('\0');
  parts.pop();
  return parts;
}
