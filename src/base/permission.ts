/** What this process may read under Node's permission model. */

/** Always true if the process was started without the model (nodejs.org/api/permissions.html). */
export function mayRead(path: string): boolean {
  // Undefined without the model, although its type says otherwise.
  const permission: typeof process.permission | undefined = process.permission;
  return permission?.has('fs.read', path) ?? true;
}
