/** The form of a commit message: a Conventional Commit that names its work item and does not move it. */
import { startOf } from '../documents/cut.ts';
import { sanitizeLines } from '../documents/lines.ts';
import { type Refusal, refuse } from '../refusal.ts';

const header =
  /^(build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(\([A-Za-z0-9][A-Za-z0-9 ,._/-]{0,59}\))?!?: \S/;
const headerCharsMax = 120;
const messageCharsMax = 8_000;

/** Words that close or move a work item when a reference follows them, in GitHub's and Azure DevOps' reading. */
const movingWords =
  /\b(activat\w*|clos(e[sd]?|ing)|complet\w*|do(ne|ing)|fix(e[sd]|ing)?|implement\w*|resolv\w*|approv\w*)\b[\s:]*(AB#|GH-|#|[\w.-]+\/[\w.-]+#|https?:\/\/\S*\/)\d/i;

/** Markers that stop checks from starting. */
const skipsChecks =
  /\[(skip[ -]ci|ci[ -]skip|no[ -]ci|skip[ -]actions|actions[ -]skip)\]|\*{3}NO_CI\*{3}|^skip-checks:/im;

/** Only the platform signs off, so trailers that speak for people are removed. */
const trailerOfPeople = /^(signed-off|co-authored|reviewed|acked|approved|tested)-by:.*$/gim;

function clean(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => (char === '\n' || char === '\t' ? char : ''))
    .replace(trailerOfPeople, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** The message as it may be committed. Code hosts show it as Markdown, so links and mentions in it are made harmless. */
export function checkMessage(text: unknown, { workItemId }: { workItemId: number }): string | Refusal {
  if (typeof text !== 'string' || text.length > messageCharsMax) {
    return refuse('MESSAGE_FORM', `a commit message is a text of at most ${messageCharsMax} characters`);
  }
  const message = clean(text);
  const [first = '', second = ''] = message.split('\n');
  if (!header.test(first) || first.length > headerCharsMax || second !== '') {
    return refuse('MESSAGE_FORM', `"${startOf(first, headerCharsMax)}" is not a Conventional Commit header`);
  }
  if (!new RegExp(`(?<![0-9])${workItemId}(?![0-9])`).test(message)) {
    return refuse('MESSAGE_FORM', `the message does not name work item ${workItemId}`);
  }
  if (movingWords.test(message)) {
    return refuse(
      'MESSAGE_FORM',
      'the message would close or move a work item',
      'Name the work item in brackets: (#12).',
    );
  }
  if (skipsChecks.test(message)) return refuse('MESSAGE_FORM', 'the message would stop checks from starting');
  return sanitizeLines(message);
}
