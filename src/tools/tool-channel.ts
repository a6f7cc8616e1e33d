/** One running tool host: it takes requests and emits checked events, and says why it ended. */
import type { RedactStream } from '../base/redact.ts';
import type { Sandboxed } from '../sandbox/sandbox.ts';
import { type HostEvent, type HostRequest, hostEventSchema } from './tool-protocol.ts';

export interface ToolChannel {
  /** Does nothing after the end. */
  send(request: HostRequest): void;
  /** Ends everything inside immediately, with this reason. */
  end(why: string): void;
  /** Resolves with the reason, as text. */
  readonly ended: Promise<string>;
}

interface ToolChannelOptions {
  sandboxed: Sandboxed;
  /** A longer line ends the host. */
  lineCharsMax: number;
  /** Redacts its standard error, before that is cut. */
  redactStream: RedactStream;
  onEvent(event: HostEvent): void;
}

const stderrCharsKept = 1_000;

function parseEvent(line: string): HostEvent | undefined {
  try {
    return hostEventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // A tool wrote to the file descriptor directly.
  }
}

export function openToolChannel(options: ToolChannelOptions): ToolChannel {
  const { sandboxed, lineCharsMax, redactStream, onEvent } = options;
  const { child, kill, overLimit } = sandboxed;
  let why: string | undefined;
  let rest = '';
  let stderr = '';

  function end(reason: string): void {
    why ??= reason;
    kill();
  }

  function read(chunk: string): void {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > lineCharsMax) end(`it wrote more than ${lineCharsMax} characters at once`);
    if (why !== undefined) return;
    for (const line of lines) {
      const event = parseEvent(line);
      if (event) onEvent(event);
    }
  }

  function keep(text: string): void {
    stderr = (stderr + text).slice(-stderrCharsKept);
  }

  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it could not be started: ${error.message}`));
    child.once('close', (code, signal) => {
      keep(redactStream.end());
      const said = stderr.trim() === '' ? '' : `: ${stderr.trim()}`;
      resolve(overLimit() ?? why ?? `it ended with ${signal ?? code}${said}`);
    });
  });
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => keep(redactStream.write(chunk)));
  child.stdin.on('error', () => {}); // `ended` reports its end.

  return {
    send(request) {
      if (child.stdin.writable) child.stdin.write(`${JSON.stringify(request)}\n`);
    },
    end,
    ended,
  };
}
