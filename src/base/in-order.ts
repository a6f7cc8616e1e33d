/** One step after the other, whoever asks for it: a step begins when all that were asked for before it have ended. */

export type InOrder = <T>(step: () => Promise<T> | T) => Promise<T>;

/** What a step throws reaches its own caller alone. */
export function createOrder(): InOrder {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const result = last.then(step);
    last = result.catch(() => undefined);
    return result;
  };
}
