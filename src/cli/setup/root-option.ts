/** How the next command names the workspace. */
import { relative } from 'node:path';

/** ` --root DIR`, as short as the place of the person allows. */
export function rootOption(root: string): string {
  const here = relative(process.cwd(), root);
  return here === '' ? '' : ` --root ${here.startsWith('..') ? root : here}`;
}
