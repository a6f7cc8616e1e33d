/** What JavaScript itself asks of a value that it passes on. */
const byItself: unknown[] = ['then', 'toJSON'];

/** Has only the given members; a use of any other fails with its name. */
export function only<T extends object>(name: string, given: { [K in keyof T]?: T[K] | undefined } = {}): T {
  const get = (target: object, key: string | symbol) => {
    if (!(key in target) && !byItself.includes(key)) throw new Error(`this test has not given ${name}.${String(key)}`);
    return Reflect.get(target, key);
  };
  return new Proxy(given, { get }) as T;
}
