/** The program: argv to a command, its exit code to the system. */
import { runCommandLine } from './cli/program.ts';
import { forcesColours } from './settings.ts';

// A reader such as `head` that has seen enough ends us quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const { stdin, stdout, stderr } = process;
const code = await runCommandLine(process.argv.slice(2), {
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  // Node itself heeds NO_COLOR, FORCE_COLOR and TERM=dumb here.
  ...(stdout.isTTY
    ? {
        terminal: {
          columns: () => stdout.columns,
          rows: () => stdout.rows,
          hasColours: stdout.hasColors(),
          showsErrors: stderr.isTTY,
        },
      }
    : { forcesColours: forcesColours() }),
  ...(stdin.isTTY && stdout.isTTY
    ? { ask: async () => (await import('./cli/setup/terminal-ask.ts')).terminalAsk }
    : {}),
});
if (code !== 0) process.exitCode = code;
// A connection that the other side never closes does not keep a command that has ended.
setTimeout(() => process.exit(), 5_000).unref();
