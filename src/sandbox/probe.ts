/** Tests the sandbox from inside before it is used. The checks only open files or connect; they write nothing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { fixFor } from './fix.ts';
import type { Mount } from './layout.ts';
import { runSandboxed, type SandboxedResult } from './run-sandboxed.ts';
import type { Sandbox } from './sandbox.ts';

export interface ProbeOptions {
  /** Programs that must be able to start inside, as they will be mounted: the CLI, Node. */
  programs?: readonly Mount[];
}

/**
 * `$1` is a file on the host, `$2` an open port on the host; then follow pairs of paths of programs: inside, outside. Prints one
 * line for each fault.
 */
const battery = `hidden=$1; port=$2; shift 2
echo started
( : >> /proc/sys/kernel/core_pattern ) 2>/dev/null && echo 'the kernel setting core_pattern can be opened for writing inside'
( : < "$hidden" ) 2>/dev/null && echo 'a file of the host can be read inside'
( : < "/dev/tcp/127.0.0.1/$port" ) 2>/dev/null && echo 'the network of the host can be reached inside'
[ "$(wc -l < /proc/net/dev)" = 3 ] || echo 'there are network interfaces inside'
( : >> /usr/bin/env ) 2>/dev/null && echo 'the system programs can be written inside'
while [ $# -gt 0 ]; do [ -x "$1" ] || echo "$2 cannot be started by the sandbox user: open it to others, chmod a+rx"; shift 2; done
echo ended`;

/** Tests the sandbox. Returns undefined if it isolates programs, otherwise SANDBOX_UNAVAILABLE with what failed. */
export async function probeSandbox(
  sandbox: Sandbox,
  { programs = [] }: ProbeOptions = {},
): Promise<Refusal | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'jvagent-probe-'));
  const listener = createServer((socket) => socket.destroy());
  try {
    const hidden = join(folder, 'outside');
    await writeFile(hidden, 'outside', { mode: 0o644 });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const address = listener.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const args = ['-c', battery, 'probe', hidden, port, ...programs.flatMap(({ target, source }) => [target, source])];
    const spec = { program: '/bin/bash', args, env: { PATH: '/usr/bin:/bin' }, cwd: '/', mounts: programs };
    return judge(await runSandboxed(sandbox, spec, { timeoutMs: 20_000, outputBytesMax: 16_384 }));
  } catch (error) {
    return refuse('SANDBOX_UNAVAILABLE', `The sandbox did not start: ${messageOf(error)}`, fixFor(messageOf(error)));
  } finally {
    listener.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function judge({ output, timedOut }: SandboxedResult): Refusal | undefined {
  const lines = output.trim().split('\n');
  if (lines[0] !== 'started' || lines.at(-1) !== 'ended') {
    const why = timedOut ? 'it did not answer within 20 s' : output.trim();
    return refuse('SANDBOX_UNAVAILABLE', `The sandbox did not start: ${why}`, fixFor(output));
  }
  const wrong = lines.slice(1, -1);
  if (wrong.length === 0) return undefined;
  return refuse(
    'SANDBOX_UNAVAILABLE',
    `The sandbox does not isolate programs: ${wrong.join('; ')}.`,
    'Fix what is named, or update bubblewrap and the kernel.',
  );
}
