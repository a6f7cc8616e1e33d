/** Finds the fields of a JSON value that are missing in a cleaned copy of it. */

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Returns each path once, without list positions: `messages.content.cache_control.scope`. If a list became shorter, only the path
 * of the list.
 */
export function droppedFields(before: unknown, after: unknown): string[] {
  const dropped = new Set<string>();
  const walk = (old: unknown, now: unknown, path: string): void => {
    if (Array.isArray(old) && Array.isArray(now)) {
      if (old.length !== now.length) {
        dropped.add(path);
        return;
      }
      for (const [index, value] of old.entries()) walk(value, now[index], path);
      return;
    }
    if (!isObject(old) || !isObject(now)) return;
    for (const [name, value] of Object.entries(old)) {
      const at = path === '' ? name : `${path}.${name}`;
      if (now[name] === undefined && value !== undefined) dropped.add(at);
      else walk(value, now[name], at);
    }
  };
  walk(before, after, '');
  return [...dropped];
}
