/** What Node's permission model lets this process read. */

/** Always true in a process that was started without the model (nodejs.org/api/permissions.html). */
export function mayRead(path: string): boolean {
  // Missing without the model, whatever its type says.
  const permission: typeof process.permission | undefined = process.permission;
  return permission?.has('fs.read', path) ?? true;
}
