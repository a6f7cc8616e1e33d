/** Words from outside between two lines that they cannot forge: both bear a nonce that is new each time, the first says what stands within. */
import { randomBytes } from 'node:crypto';

const labelCharsMax = 160;

/** Names of people and files stand in it: on one line, and with nothing in them that reads as a line of ours. */
const oneLine = (label: string) =>
  label
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s<>]+/gu, ' ')
    .trim()
    .slice(0, labelCharsMax);

/** `label` says whose words of which kind these are, and since when. */
export function dataBlock(label: string, text: string): string {
  let nonce = randomBytes(6).toString('hex');
  while (text.includes(nonce) || label.includes(nonce)) nonce = randomBytes(6).toString('hex');
  return `<<<data ${nonce} ${oneLine(label)}\n${text}\ndata>>> ${nonce}`;
}

/** What stands in a text that is one block, for people to read; any other text as it is. */
export function textOfBlock(text: string): string {
  return /^<<<data ([0-9a-f]{12}) [^\n]*\n([\s\S]*)\ndata>>> \1$/.exec(text)?.[2] ?? text;
}
