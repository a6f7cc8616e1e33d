/** Waits until a person presses a key on a terminal. */

/** What is used of a terminal's input, `process.stdin`. */
interface Keys {
  setRawMode(isRaw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  once(event: 'data', heard: () => void): unknown;
  removeListener(event: 'data', heard: () => void): unknown;
}

/** Resolves with the next key, Ctrl-C too, or when the signal is aborted. The terminal is as before afterwards. */
export async function untilKey(terminal: Keys, signal: AbortSignal): Promise<void> {
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
