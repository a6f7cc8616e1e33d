/** Turns events pushed from callbacks into one async sequence. */

export interface Channel<T> extends AsyncIterable<T> {
  push(item: T): void;
  /** Ends the sequence after the events that were pushed. */
  close(): void;
}

/** For a single reader; events pushed before it reads are kept. */
export function createChannel<T>(): Channel<T> {
  const items: T[] = [];
  let closed = false;
  let wake = () => {};

  async function* read() {
    for (;;) {
      for (let item = items.shift(); item !== undefined; item = items.shift()) yield item;
      if (closed) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  return {
    push(item) {
      items.push(item);
      wake();
    },
    close() {
      closed = true;
      wake();
    },
    [Symbol.asyncIterator]: read,
  };
}
