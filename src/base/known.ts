/** Objects in which unknown fields are absent instead of undefined. */

type Unsure<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/** `T`, but fields that may be undefined may be absent instead. */
type Known<T> = Omit<T, Unsure<T>> & { [K in Unsure<T>]?: Exclude<T[K], undefined> };

/** The object without its undefined fields: for storing, sending or spreading. */
export function known<const T extends object>(fields: T): Known<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Known<T>;
}
