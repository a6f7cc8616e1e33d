/** Objects in which what is not known is absent, instead of undefined. */

type Unsure<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/** `T`, in which a field that may be undefined is one that may be absent. */
type Known<T> = Omit<T, Unsure<T>> & { [K in Unsure<T>]?: Exclude<T[K], undefined> };

/** The object without the fields that are undefined: for what is stored, sent or spread over another object. */
export function known<const T extends object>(fields: T): Known<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Known<T>;
}
