/** Converts rows to plain objects: null becomes absent, JSON text becomes a value. */

type Nullable<T> = { [K in keyof T]: null extends T[K] ? K : never }[keyof T];

/** A row type in which nullable columns are optional fields. */
export type WithoutNulls<T> = Omit<T, Nullable<T>> & { [K in Nullable<T>]?: NonNullable<T[K]> };

/** The same object without the fields that are null. */
export function withoutNulls<T extends object>(row: T): WithoutNulls<T> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as WithoutNulls<T>;
}

/** Parses a JSON column that only this store writes; null stays null. */
export function parsed<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}

/** The text of a JSON column; undefined and null become null. */
export function jsonText(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
