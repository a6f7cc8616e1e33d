/** One line on a terminal that says what is being done and for how long, and is gone when that is done. */
import wrapAnsi from 'wrap-ansi';

export interface Progress {
  /** Shows `what` while `work` goes on, from the second second on. */
  during<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** Replaces what is shown. */
  doing(what: string): void;
  /** Takes the line away while something else is printed. */
  aside(print: () => void): void;
}

export interface ProgressOptions {
  /** Where the line is drawn; undefined where nobody sees it, and then nothing is. */
  write: ((text: string) => void) | undefined;
  columns(): number;
}

const turnMs = 250;
const firstTurn = 4;
const frames = ['|', '/', '-', '\\'];
/** Back to the beginning of the line, which is emptied. */
const emptied = '\r\u001b[K';

/** Only the outermost `during` has a line. `what` has to be safe for a terminal. */
export function createProgress({ write, columns }: ProgressOptions): Progress {
  let now: { what: string; isShown: boolean } | undefined;

  function clear(): void {
    if (now?.isShown) write?.(emptied);
    if (now) now.isShown = false;
  }

  return {
    async during(what, work) {
      if (!write || now) return work();
      now = { what, isShown: false };
      let turns = 0;
      const timer = setInterval(() => {
        turns += 1;
        if (!now || turns < firstTurn) return;
        const text = `${frames[turns % frames.length]} ${now.what} (${Math.floor((turns * turnMs) / 1_000)} s)`;
        write(`${emptied}${wrapAnsi(text, Math.max(1, columns() - 1), { hard: true }).split('\n')[0]}`);
        now.isShown = true;
      }, turnMs);
      try {
        return await work();
      } finally {
        clearInterval(timer);
        clear();
        now = undefined;
      }
    },
    doing(what) {
      if (now) now.what = what;
    },
    aside(print) {
      clear();
      print();
    },
  };
}
