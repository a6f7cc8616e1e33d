/** Events pushed from callbacks, read as one async sequence. */

export interface Channel<T> extends AsyncIterable<T> {
  push(item: T): void;
  /** Ends the sequence after what was pushed. */
  close(): void;
}

/** For one reader; what is pushed before it reads is kept. */
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
