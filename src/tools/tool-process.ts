/**
 * A tool host that is started on demand, and restarted after it crashed or hung.
 *
 * start -> load each tool (a tool that crashes or hangs is left out, and the host restarts) -> calls until the end
 */
import type { RedactStream } from '../base/redact.ts';
import type { Sandboxed } from '../sandbox/sandbox.ts';
import type { HostToolTurn } from './tool.ts';
import { type CallListeners, type CallOrigin, createToolCalls, type ToolCalls } from './tool-calls.ts';
import { openToolChannel, type ToolChannel } from './tool-channel.ts';
import type { HostEvent, HostRequest } from './tool-protocol.ts';

export type LoadedTool = Extract<HostEvent, { kind: 'loaded' }>;

export interface ToolProcessOptions extends CallListeners {
  start(): Sandboxed;
  /** Creates a redactor for a host's standard error. */
  openRedactStream(): RedactStream;
  /** Tools with their paths inside. */
  tools: readonly { name: string; file: string }[];
  setup: Omit<Extract<HostRequest, { kind: 'load' }>, 'kind' | 'tools'>;
  callSecondsMax: number;
  /** The time limit for each tool. */
  loadSecondsMax: number;
}

interface ToolCallRequest extends CallOrigin, Pick<HostToolTurn, 'publish'> {
  readonly input: unknown;
  readonly agentSecrets: Readonly<Record<string, string>>;
}

export interface ToolProcess {
  /** Returns the loaded tools, and why others did not load. Rejects if the sandbox itself does not start. */
  load(): Promise<{ tools: LoadedTool[]; warnings: string[] }>;
  /** Rejects with the tool's own error message, or because it crashed, hung or took too long. */
  call(request: ToolCallRequest): Promise<unknown>;
  stop(): void;
}

const lineRoomChars = 64 << 10;
const stoppedWhy = 'it was stopped';

interface Host {
  readonly channel: ToolChannel;
  readonly calls: ToolCalls;
  readonly tools: Map<string, LoadedTool>;
}

/**
 * Starts one host and loads all tools that are not in `unfit`. If a tool ends the host, it is added to `unfit`, and the result is
 * undefined.
 */
async function launch(options: ToolProcessOptions, unfit: Map<string, string>): Promise<Host | undefined> {
  const { setup, loadSecondsMax } = options;
  const wanted = options.tools.filter(({ name }) => !unfit.has(name));
  const ready = Promise.withResolvers<'ready'>();
  const tools = new Map<string, LoadedTool>();
  let loading: string | undefined;
  const channel = openToolChannel({
    sandboxed: options.start(),
    lineCharsMax: setup.answerBytesMax + lineRoomChars,
    redactStream: options.openRedactStream(),
    onEvent(event) {
      if (event.kind === 'ready') ready.resolve('ready');
      else if (event.kind === 'loading') {
        if (wanted.some(({ name }) => name === event.name)) loading = event.name;
        timer.refresh();
      } else if (event.kind === 'loaded') {
        if (event.name === loading) tools.set(event.name, event);
      } else if (event.kind === 'unfit') {
        if (event.name === loading) unfit.set(event.name, event.why);
      } else calls.hear(event);
    },
  });
  const calls = createToolCalls(options, channel.send);
  const timer = setTimeout(() => channel.end(`it did not load within ${loadSecondsMax} s`), loadSecondsMax * 1_000);
  channel.send({ kind: 'load', tools: wanted, ...setup });
  const outcome = await Promise.race([ready.promise, channel.ended.then((why) => ({ why }))]);
  clearTimeout(timer);
  if (outcome === 'ready') return { channel, calls, tools };
  if (loading === undefined) throw new Error(`the tool host did not start: ${outcome.why}`);
  unfit.set(loading, outcome.why);
  return undefined;
}

export function createToolProcess(options: ToolProcessOptions): ToolProcess {
  const { callSecondsMax } = options;
  const unfit = new Map<string, string>();
  let living: Promise<Host> | undefined;
  let stopped = false;

  async function start(): Promise<Host> {
    let host = await launch(options, unfit);
    while (!host) host = await launch(options, unfit); // Each attempt has one tool less.
    void host.channel.ended.then(forget);
    if (stopped) host.channel.end(stoppedWhy);
    return host;
  }

  function forget(): void {
    living = undefined;
  }

  function ensure(): Promise<Host> {
    if (stopped) return Promise.reject(new Error(`the tool host ended: ${stoppedWhy}`));
    if (!living) {
      living = start();
      living.catch(forget);
    }
    return living;
  }

  return {
    async load() {
      const { tools } = await ensure();
      const warnings = [...unfit].map(([name, why]) => `tool ${name} is left out: ${why}`);
      return { tools: [...tools.values()], warnings };
    },

    async call({ tool, sessionId, publish, input, agentSecrets }) {
      const { channel, calls } = await ensure();
      const { call, answered } = calls.open({ tool, sessionId }, publish);
      const end = () => channel.end(`${tool} did not answer within ${callSecondsMax} s`);
      const timer = setTimeout(end, callSecondsMax * 1_000);
      channel.send({ kind: 'call', call, tool, input, sessionId, agentSecrets });
      const outcome = await Promise.race([answered, channel.ended]);
      clearTimeout(timer);
      calls.close(call);
      if (typeof outcome === 'string') throw new Error(`the tool host ended: ${outcome}`);
      if (outcome.error !== undefined) throw new Error(outcome.error);
      return outcome.result ?? null;
    },

    stop() {
      stopped = true;
      void living?.then(
        ({ channel }) => channel.end(stoppedWhy),
        () => {}, // The host never started.
      );
    },
  };
}
