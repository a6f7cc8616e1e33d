/** The program behind `jvagent test live`: asks for the name, tries the facts, and says what it saw. */
import { parseArgs } from 'node:util';
import { known } from '../../src/base/known.ts';
import { createPrint } from '../../src/cli/print.ts';
import { openOutbound } from '../../src/outbound/outbound.ts';
import { askLine } from './ask-line.ts';
import { isGood, printJson, printTable } from './report.ts';
import { runLive } from './run.ts';
import { type LiveSettings, readLiveSettings, Stop } from './settings.ts';

const { stdin, stdout, stderr } = process;
const { values } = parseArgs({
  options: { settings: { type: 'string' }, 'yes-i-mean': { type: 'string' }, json: { type: 'boolean' } },
});
const print = createPrint({
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  ...(stdout.isTTY
    ? {
        terminal: {
          columns: () => stdout.columns,
          rows: () => stdout.rows,
          hasColours: false,
          showsErrors: stderr.isTTY,
        },
      }
    : {}),
});

// A reader that has seen enough must not keep us from removing what we made.
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const stop = new AbortController();
function onSignal(): void {
  if (stop.signal.aborted) {
    print.note('Ended. What was made is left; run `jvagent test live` again to remove it.');
    process.exit(1);
  }
  stop.abort();
  print.note('Stopping; what was made is removed first. Ctrl-C once more leaves it there.');
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

async function typed(question: string): Promise<string | undefined> {
  if (values['yes-i-mean'] !== undefined) return values['yes-i-mean'];
  return stdin.isTTY ? askLine(question, { input: stdin, output: stderr, stop: stop.signal }) : undefined;
}

const outboundOf = ({ HTTPS_PROXY, HTTP_PROXY, NO_PROXY = '', NODE_EXTRA_CA_CERTS = [] }: LiveSettings) =>
  openOutbound(
    known({ httpsProxy: HTTPS_PROXY, httpProxy: HTTP_PROXY, noProxy: NO_PROXY, authorities: NODE_EXTRA_CA_CERTS }),
  );

async function main(): Promise<boolean> {
  const settings = readLiveSettings(values.settings ?? 'live.env');
  const report = await runLive({
    settings,
    outbound: outboundOf(settings),
    typed,
    note: print.note,
    stop: stop.signal,
  });
  if (values.json) printJson(print, report);
  else printTable(print, report);
  return isGood(report);
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  print.note(error.message);
  process.exitCode = 1;
}
