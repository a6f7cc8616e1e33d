/** Waits until a person presses a key on a terminal. */
import type { ReadStream } from 'node:tty';

/** Resolves with the next key, Ctrl-C too, or when the signal is aborted. The terminal is as before afterwards. */
export async function untilKey(
  terminal: Pick<ReadStream, 'setRawMode' | 'resume' | 'pause' | 'once' | 'removeListener'>,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  terminal.setRawMode(true);
  terminal.resume();
  await new Promise<void>((resolve) => {
    const done = () => {
      terminal.removeListener('data', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    terminal.once('data', done);
    signal.addEventListener('abort', done);
  });
  terminal.setRawMode(false);
  terminal.pause();
}
