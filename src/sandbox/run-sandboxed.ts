/** Runs one program in a sandbox from start to end, with limits on time and output. */
import type { SandboxSpec } from './layout.ts';
import type { Sandbox } from './sandbox.ts';

export interface SandboxedBounds {
  timeoutMs: number;
  /** How many of the last bytes of stdout and stderr together are kept: errors come at the end. */
  outputBytesMax: number;
  input?: string;
  signal?: AbortSignal;
}

export interface SandboxedResult {
  /** The exit code, or null if a signal ended the program. */
  code: number | null;
  /** stdout and stderr in the order in which they arrived. */
  output: string;
  truncated: boolean;
  timedOut: boolean;
  /** The limit that ended the program, as text. */
  overLimit?: string | undefined;
}

/** Keeps the last `bytesMax` bytes of its input. */
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
    // What was cut off may end within a character.
    read: () => ({
      output: Buffer.concat(chunks)
        .toString('utf8')
        .replace(/^\ufffd+/, ''),
      truncated,
    }),
  };
}

/** Rejects only if the first program on the host could not be started; everything else is in the result. */
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
    child.stdin.on('error', () => {}); // The program may end without reading its input.
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
