/** One line that a person types. */
import { createInterface } from 'node:readline/promises';
import { Stop } from './settings.ts';

interface AskLineOptions {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  /** Ends the waiting with a Stop. */
  stop: AbortSignal;
}

/** The terminal keeps its own keys, so that Ctrl-C is a signal here too. Undefined where the input ends without a line. */
export async function askLine(question: string, { input, output, stop }: AskLineOptions): Promise<string | undefined> {
  const lines = createInterface({ input, output, terminal: false });
  try {
    const ended = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
    return await Promise.race([lines.question(question, { signal: stop }), ended]);
  } catch (error) {
    if (stop.aborted) throw new Stop('Stopped. Nothing was changed.');
    throw error;
  } finally {
    lines.close();
  }
}
