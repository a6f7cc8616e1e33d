/** One program in a sandbox, from its start to its end, bounded in time and output. */
import type { SandboxSpec } from './layout.ts';
import type { Sandbox } from './sandbox.ts';

export interface SandboxedBounds {
  timeoutMs: number;
  /** Of stdout and stderr together the last bytes are kept: what fails is said at the end. */
  outputBytesMax: number;
  input?: string;
  signal?: AbortSignal;
}

export interface SandboxedResult {
  /** Exit code, or null when a signal ended it. */
  code: number | null;
  /** stdout and stderr as they came. */
  output: string;
  truncated: boolean;
  timedOut: boolean;
  /** The limit that ended it, in words. */
  overLimit?: string | undefined;
}

/** Keeps the last `bytesMax` bytes of what it is given. */
function createTail(bytesMax: number) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let truncated = false;
  return {
    add(chunk: Buffer) {
      chunks.push(chunk);
      bytes += chunk.length;
      while (bytes > bytesMax && chunks[0]) {
        const surplus = bytes - bytesMax;
        const kept = chunks[0].subarray(surplus);
        bytes -= chunks[0].length - kept.length;
        if (kept.length > 0) chunks[0] = kept;
        else chunks.shift();
        truncated = true;
      }
    },
    read: () => ({ output: Buffer.concat(chunks).toString('utf8'), truncated }),
  };
}

/** Rejects only when the first program outside could not be started; all else is in the result. */
export function runSandboxed(sandbox: Sandbox, spec: SandboxSpec, bounds: SandboxedBounds): Promise<SandboxedResult> {
  const { timeoutMs, outputBytesMax, input, signal } = bounds;
  return new Promise((resolve, reject) => {
    const sandboxed = sandbox.spawn(spec);
    const { child, kill, overLimit } = sandboxed;
    const tail = createTail(outputBytesMax);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, timeoutMs);
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
    };
    if (signal?.aborted) kill();
    signal?.addEventListener('abort', kill, { once: true });
    child.stdout.on('data', tail.add);
    child.stderr.on('data', tail.add);
    child.stdin.on('error', () => {}); // It may end without reading.
    child.stdin.end(input ?? '');
    child.once('error', (error) => {
      finish();
      reject(error);
    });
    child.once('close', (code) => {
      finish();
      resolve({ code, timedOut, ...tail.read(), overLimit: overLimit() });
    });
  });
}
