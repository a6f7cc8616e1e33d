/** Runs one program to its end with an environment built from nothing, bounded in time and output. */
import { spawn } from 'node:child_process';

interface ProgramOutput {
  /** An open file that takes the standard output in place of `stdout`; it is not bounded there. */
  fd?: number | undefined;
  /** Output beyond this is cut off, and `truncated` says so. */
  bytesMax?: number | undefined;
}

export interface ProgramOptions {
  file: string;
  args: readonly string[];
  /** The whole environment; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  cwd?: string;
  input?: string | Buffer | undefined;
  timeoutMs: number;
  output?: ProgramOutput;
  /** Runs as this user and group (only root can). */
  uid?: number | undefined;
}

export interface ProgramResult {
  /** Exit code, or null when a signal ended it. */
  code: number | null;
  stdout: Buffer;
  stderr: string;
  timedOut: boolean;
  truncated: boolean;
}

const outputBytesDefault = 64 << 20;

/** Resolves with what the program did; rejects only when it could not be started. Ends its whole process group on timeout. */
export function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const { file, args, env, cwd = '/', input, timeoutMs, uid, output = {} } = options;
  const { fd = 'pipe', bytesMax = outputBytesDefault } = output;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env,
      stdio: ['pipe', fd, 'pipe'],
      detached: true,
      uid,
      gid: uid,
    });
    const out = { stdout: [] as Buffer[], stderr: [] as Buffer[], bytes: 0, truncated: false };
    const collect = (list: Buffer[]) => (chunk: Buffer) => {
      if (out.bytes >= bytesMax) out.truncated = true;
      else list.push(chunk);
      out.bytes += chunk.length;
    };
    let timedOut = false;
    const end = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, timeoutMs);
    child.stdout?.on('data', collect(out.stdout));
    child.stderr?.on('data', collect(out.stderr));
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      const stderr = Buffer.concat(out.stderr).toString('utf8');
      resolve({ code, stdout: Buffer.concat(out.stdout), stderr, timedOut, truncated: out.truncated });
    });
  });
}
