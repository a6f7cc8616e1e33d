/** What JavaScript itself asks of a value that it passes on. */
const byItself: unknown[] = ['then', 'toJSON'];

/** Has what it was given; whoever asks it for more fails with the name. */
export function only<T extends object>(name: string, given: { [K in keyof T]?: T[K] | undefined } = {}): T {
  const get = (target: object, key: string | symbol) => {
    if (!(key in target) && !byItself.includes(key)) throw new Error(`this test has not given ${name}.${String(key)}`);
    return Reflect.get(target, key);
  };
  return new Proxy(given, { get }) as T;
}
