/**
 * The branches that we read or target, by the rules of `git check-ref-format --branch`, which
 * git-scm.com/docs/git-check-ref-format lists; and the narrower form of the branches that we make ourselves (`git.branchPrefix`).
 */
import { z } from 'zod';
import { holding, quoted } from '../../base/text/characters.ts';
import { createGlob } from '../../base/text/glob.ts';

/** What git forbids in a ref, and what does not show: it would let two names look the same. */
const forbidden = /[\p{C}\p{Z}\ufffd~^:?*[\\]/u;

/** A part of a ref is a file name too, and git adds to it. */
const bytesMax = 200;

/** Why git could not have a branch of this name, or might read it as something else; undefined where it could. */
function branchFault(name: string): string | undefined {
  const badCharacter = holding(name, forbidden);
  if (badCharacter) return `${badCharacter}, which no branch name may hold`;
  const shown = quoted(name);
  if (Buffer.byteLength(name) > bytesMax) return `${shown} is longer than ${bytesMax} bytes`;
  if (name === 'HEAD') return `${shown} is what git calls the current commit, not a branch`;
  if (/^[-+]/.test(name)) return `${shown} begins with ${name[0]}, which git would read as an option or a refspec`;
  if (name.includes('@{')) return `${shown} holds @{, which git reads as a place in a branch's history`;
  if (name.includes('..')) return `${shown} holds two dots, which git reads as a range`;
  const parts = name.split('/');
  if (parts.includes('')) return `${shown} has an empty part: write no slash at the beginning, at the end, or twice`;
  const badPart = parts.find((part) => part.startsWith('.') || part.endsWith('.lock'));
  if (badPart !== undefined)
    return `${shown} has the part ${quoted(badPart)}: none begins with a dot or ends with .lock`;
  return name.endsWith('.') ? `${shown} ends with a dot` : undefined;
}

/** The name of a branch at the remote, such as `customer/acme`, `kunde/müller` or `release/2.0+eu`. */
export const branchName = z.string().superRefine((name, context) => {
  const message = branchFault(name);
  if (message) context.addIssue({ code: 'custom', message });
});

/** No agent pushes to these, whatever its configuration says; in lower case. */
export const alwaysProtectedBranches: readonly string[] = ['main', 'master', 'head'];

const prefixCharsMin = 3;

/** What a prefix must stay away from. */
interface OtherBranches {
  readonly customerBranch: string;
  /** Names, or patterns such as `release/*`. */
  readonly protectedBranches: readonly string[];
}

/** Why no branch could be pushed that begins with this prefix, although its form is right; undefined if one could. */
export function prefixFault(prefix: string, { customerBranch, protectedBranches }: OtherBranches): string | undefined {
  if (prefix.length < prefixCharsMin)
    return `must have at least ${prefixCharsMin} characters, to set this agent's branches apart`;
  const first = prefix.split('/')[0]?.replace(/[-._]+$/, '') ?? '';
  if (alwaysProtectedBranches.includes(first)) return `begins with ${quoted(first)}, to which no agent may push`;
  const whole = prefix.replace(/\/+$/, '');
  for (const name of [customerBranch, ...protectedBranches]) {
    // Git cannot have a branch and a folder of branches with the same name.
    if (whole === name || prefix.startsWith(`${name}/`))
      return `begins with the branch ${quoted(name)}; use another beginning`;
    const covers = createGlob(name);
    if (covers(`${prefix}1`) || covers(`${prefix}1-a`))
      return `makes branches that ${quoted(name)} of git.protectedBranches protects`;
  }
  return undefined;
}
