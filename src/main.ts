/** The program: argv to a command, its exit code to the system. */
import { runCommandLine } from './cli/program.ts';

// A reader such as `head` that has seen enough ends us quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const code = await runCommandLine(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
if (code !== 0) process.exitCode = code;
