/**
 * The patterns that a reader turns into something: markup, an address, a mention, a command, a word that moves a work item.
 *
 * Each is broken apart, instead of taking words away, and none makes what an earlier one broke. They work on a strip: the words of
 * a whole text in one string, in which marks stand for what is no word of it, so that a pattern is found across such a mark too.
 */

/** Marks in a strip: code points that are no characters, and that `visible` takes out of the words. */
export const marks = {
  /** The border between two pieces of one line, such as plain and bold words. */
  border: '\uFDD0',
  /** A place where code stands, which is left as it is. */
  code: '\uFDD1',
  /** The border between two blocks. */
  block: '\uFDD2',
  /** Stands for the colon of an address that may be a link. */
  colon: '\uFDD3',
} as const;

/** Controls, bidi and zero-width characters, lone surrogates, what is no character, and letters that show as nothing. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/gu;

/** The text without characters that do not show; every end of a line is a line feed, and a tab is two spaces. */
export function visible(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/\t/g, '  ')
    .replace(invisible, (char) => (char === '\n' ? '\n' : ''));
}

const plainUrl = /^https?:\/\/[a-z0-9.-]+(:\d+)?([/?#][\w\-./?#%=&+;:~!$*']*)?$/i;

/** Whether a link may lead there: an address without tricks, at one of the hosts (with its port where it has one). */
export function isAllowed(url: string, hosts: readonly string[]): boolean {
  if (!plainUrl.test(url) || url.indexOf('://') !== url.lastIndexOf('://') || !URL.canParse(url)) return false;
  return hosts.some((host) => host.toLowerCase() === new URL(url).host);
}

const closingWord =
  '\\b(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|complete[sd]?|implement(?:s|ed)?|finish(?:e[sd])?|deliver(?:s|ed)?)\\b';
const itemNumber = '(?:AB|(?:[\\w.-]{1,100}\\/)?[\\w.-]{1,100})?#\\d|GH-\\d';
const itemUrl =
  'https?\\s?[:\\uFDD3]\\/\\/[^\\s\\uFDD0-\\uFDD2]{0,500}\\/(?:issues|pull|pulls|workitems|_workitems)\\/';
/** What may stand between a word and the number that it moves: anything that is not itself a word. */
const between = '[^\\p{L}\\p{N}#\\uFDD1]{0,100}?';
const closing = new RegExp(`(${closingWord}${between})(?=\\uFDD0*(?:${itemNumber}|${itemUrl}))`, 'giu');
/** Azure Repos also moves an item to the state that is named before a colon and its number. */
const stating = new RegExp(`([\\p{L}\\p{N}]\\s*[:\\uFDD3](?!\\/\\/)${between})(?=\\uFDD0*(?:${itemNumber}))`, 'giu');

function withoutMoves(strip: string): string {
  const apart = (_: string, words: string) => `${words}${/[\s\uFDD2]$/.test(words) ? '' : ' '}item `;
  return strip.replace(closing, apart).replace(stating, apart);
}

/** Where a line begins, before its first letter. */
const lineStart = '(^|[\\n\\uFDD2]\\uFDD0*)';
const beforeWord = '(?:[^\\S\\n]|[\\uFDD0>*_~`#+\\-\\d.()])*';
const space = '[\\s\\uFDD0]+';
const command = new RegExp(`${lineStart}((?:[^\\S\\n]|\\uFDD0)*)\\/`, 'g');
/** How our own comments and their last lines begin. */
const platformWords = new RegExp(
  `${lineStart}(?=${beforeWord}(?:(?:plan${space}for${space}work${space}item|jvagent)(?![a-z0-9])|plan${space}[0-9a-f]{12}))`,
  'giu',
);

/** Marks by which our own comments are found again. */
const ownMark = /\[(?=[\s\uFDD0]*jv[\s\uFDD0]*:)/gi;

/** The strip with each pattern in it broken apart; the same again when it is given its own result. */
export function breakApart(strip: string): string {
  const apart = strip
    .replace(/<(?!\uFDD0*(?:[\s=\d\uFDD2]|$))/g, '‹')
    .replace(/&(?=#?\w+;)/g, '& ')
    .replace(/(?<!!)!+(?=\[)/g, '')
    .replace(ownMark, '(')
    .replace(/\](?=[:(\uFDD3])/g, '] ')
    .replace(/@(?!\uFDD0*(?:[\s\uFDD2]|$))/g, '@ ')
    .replace(/(\w)(\uFDD0*):(?=\uFDD0*\/\/)/g, '$1 $2:')
    .replace(/\b(www)(\uFDD0*)\./gi, '$1 $2.')
    .replace(command, '$1$2∕')
    .replace(platformWords, '$1… ');
  return withoutMoves(apart);
}

/** The last line of a plan's comment, written as code. */
const planLine = /^(?=[^\p{L}\p{N}\n…]*plan\s+[0-9a-f]{12})/gimu;

/**
 * Code as it may be written, which is nearly as it is.
 *
 * Some programs read a text without knowing its code: ours look for the marks of our comments, bots for a line that is a command,
 * Azure DevOps for `@<` with an identity and, in pull requests, for words that move a work item. These stay apart in code too.
 */
export function codeApart(code: string): string {
  const apart = code
    .replace(ownMark, '(')
    .replace(/@(?=<)/g, '@ ')
    .replace(/^([ ]*)\/(?=[a-z][\w-]*(?:[ ][^/\n]*)?$)/gim, '$1∕')
    .replace(planLine, '… ');
  return withoutMoves(apart);
}
