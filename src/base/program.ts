/** Runs one program to its end, with a new environment and with limits on time and output. */
import { spawn } from 'node:child_process';

interface ProgramOutput {
  /** An open file that gets the standard output instead of `stdout`, without a limit. */
  fd?: number | undefined;
  /** Longer output is cut off, and `truncated` is set. */
  bytesMax?: number | undefined;
}

export interface ProgramOptions {
  file: string;
  args: readonly string[];
  /** The complete environment; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  cwd?: string;
  input?: string | Buffer | undefined;
  timeoutMs: number;
  output?: ProgramOutput;
  /** Runs the program as this user and group (only root can do that). */
  uid?: number | undefined;
}

export interface ProgramResult {
  /** The exit code, or null if a signal ended the program. */
  code: number | null;
  stdout: Buffer;
  stderr: string;
  timedOut: boolean;
  truncated: boolean;
}

const outputBytesDefault = 64 << 20;

/** Resolves when the program has ended; rejects only if it could not be started. A timeout ends its whole process group. */
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
