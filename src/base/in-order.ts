/** Runs steps one after the other: a step begins when all earlier ones have ended. */

export type InOrder = <T>(step: () => Promise<T> | T) => Promise<T>;

/** An error of a step reaches only its own caller. */
export function createOrder(): InOrder {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const result = last.then(step);
    last = result.catch(() => undefined);
    return result;
  };
}
