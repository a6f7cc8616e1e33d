/** Puts text from outside between two lines that it cannot forge: both contain a new nonce, and the first says what the text is. */

import { randomBytes } from 'node:crypto';

/** A label can contain names of people and files: puts it on one line, without anything that looks like one of our lines. */
const oneLine = (label: string) =>
  label
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s<>]+/gu, ' ')
    .trim()
    // Whole code points.
    .replace(/^(.{160}).*$/u, '$1');

/** `label` says whose text this is, of which kind, and from when. */
export function dataBlock(label: string, text: string): string {
  let nonce = randomBytes(6).toString('hex');
  while (text.includes(nonce) || label.includes(nonce)) nonce = randomBytes(6).toString('hex');
  return `<<<data ${nonce} ${oneLine(label)}\n${text}\ndata>>> ${nonce}`;
}

/** The content of a data block, for people; any other text is returned unchanged. */
export function textOfBlock(text: string): string {
  return /^<<<data ([0-9a-f]{12}) [^\n]*\n([\s\S]*)\ndata>>> \1$/.exec(text)?.[2] ?? text;
}
