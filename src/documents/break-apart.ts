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
  /** A place where code stands, and then the border of that code. */
  code: '\uFDD1',
  /** The border between two blocks. */
  block: '\uFDD2',
  /** Stands for the colon of an address that may be a link. */
  colon: '\uFDD3',
  /** Stands for the sign before a color in code. */
  color: '\uFDD4',
} as const;

/** Controls, bidi and zero-width characters, lone surrogates, what is not a character, and letters that show as nothing. */
const invisible = '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Noncharacter_Code_Point}\\p{Default_Ignorable_Code_Point}]';
const emoji = '\\p{Extended_Pictographic}';
/** Scripts whose letters join or not by characters that do not show. */
const joining = `[${'Arab Syrc Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr'
  .split(' ')
  .map((script) => `\\p{Script=${script}}`)
  .join('')}]`;
/** What does not show but changes its neighbors: the color of an emoji, emoji that are one, letters that join. */
const shaping = [
  `(?<=${emoji})\\uFE0F`,
  '(?<=[0-9#*])\\uFE0F(?=\\u20E3)',
  `(?<=${emoji}[\\uFE0F\\p{Emoji_Modifier}]?)\\u200D(?=${emoji})`,
  `(?<=${joining})[\\u200C\\u200D](?=${joining})`,
];
const unseen = new RegExp(`[\\n\\t]|(${shaping.join('|')})|${invisible}`, 'gu');

/** Code without characters that do not show, but with its tabs; every end of a line is a line feed. */
export function visibleCode(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(unseen, (char, shapes?: string) => (char === '\n' || char === '\t' ? char : (shapes ?? '')));
}

/** Words without characters that do not show; every end of a line is a line feed, and a tab is two spaces. */
export const visible = (text: string): string => visibleCode(text).replaceAll('\t', '  ');

const plainUrl = /^https?:\/\/[a-z0-9.-]+(:\d+)?([/?#][\w\-./?#%=&+;:~!$*']*)?$/i;

/** Whether a link may lead there: an address without tricks, at one of the hosts (with its port where it has one). */
export function isAllowed(url: string, hosts: readonly string[]): boolean {
  if (!plainUrl.test(url) || url.indexOf('://') !== url.lastIndexOf('://') || !URL.canParse(url)) return false;
  return hosts.some((host) => host.toLowerCase() === new URL(url).host);
}

/** An underscore at its edge is markup, and no part of the word. */
const closingWord =
  '(?<![a-z0-9])(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|complete[sd]?|implement(?:s|ed)?|finish(?:e[sd])?|deliver(?:s|ed)?)(?![a-z0-9])';
const itemNumber = '(?:AB|(?:[\\w.-]{1,100}\\/)?[\\w.-]{1,100})?[#\\uFDD4]\\d|GH-\\d';
const itemUrl =
  'https?\\s?[:\\uFDD3]\\/\\/[^\\s\\uFDD0-\\uFDD2]{0,500}\\/(?:issues|pull|pulls|workitems|_workitems)\\/';
/** What may stand between a word and the number that it moves: anything that is not itself a word. */
const between = '[^\\p{L}\\p{N}#\\uFDD4]{0,100}?';
const closing = new RegExp(`(${closingWord}${between})(?=\\uFDD0*(?:${itemNumber}|${itemUrl}))`, 'giu');

/** Azure Repos also moves an item to the state that is named before a colon and its number. A color is not a number. */
const statedNumber = '[\\s\\uFDD2]*[:\\uFDD3](?!\\/\\/)';
const statedItem = '(?=\\uFDD0*(?:AB)?#(?!(?=\\d*[a-f])[0-9a-f]{6}(?![\\p{L}\\p{N}]))\\d)';
const stating = new RegExp(`([\\p{L}\\p{N}][*_~\`\\uFDD0\\uFDD1]*${statedNumber}${between})${statedItem}`, 'giu');
/** The same at the start of a line of code, where such a pair is otherwise mostly a property and its value. */
const statingLine = new RegExp(
  `^([^\\S\\n]*(?:[>*_~\`+\\-.()][^\\S\\n]*)*[\\p{L}\\p{N}][\\p{L}\\p{N} _-]{0,100}${statedNumber}${between})${statedItem}`,
  'gimu',
);
/** A color of CSS or JSON behind the name of its property. */
const color = /(?<=[\w"'\])]\s?:[^\n]{0,80})#(?=(?:[0-9a-f]{3}|[0-9a-f]{6})["'`;})])/gi;

const withItem = (_: string, words: string) => `${words}${/[\s\uFDD1\uFDD2]$/.test(words) ? '' : ' '}item `;

/** Its colors, whose sign is marked, are only kept from the states. */
const withoutMoves = (strip: string, states: RegExp) =>
  strip.replace(closing, withItem).replace(states, withItem).replaceAll(marks.color, '#');

/** Where a line begins, before its first letter. */
const lineStart = '(^|[\\n\\uFDD2]\\uFDD0*)';
const beforeWord = '(?:[^\\S\\n]|[\\uFDD0>*_~`#+\\-\\d.()])*';
const space = '[\\s\\uFDD0]+';
/** A path, such as `/api/users`, is not a command. A sign of a quote before it may stand in the words themselves. */
const command = new RegExp(`${lineStart}((?:[^\\S\\n]|[\\uFDD0>])*)\\/(?!\\w[\\w.-]{0,100}\\/\\w)`, 'g');
/** Begins a diagram on Azure DevOps. */
const container = new RegExp(`${lineStart}(${beforeWord}):(?=::)`, 'g');
/** How our own comments and their last lines begin. */
const platformWords = new RegExp(
  `${lineStart}(?=${beforeWord}(?:(?:plan${space}for${space}work${space}item|jvagent)(?![a-z0-9])|plan${space}[0-9a-f]{12}))`,
  'giu',
);

/** Marks by which our own comments are found again. */
const ownMark = /\[(?=[\s\uFDD0]*jv[\s\uFDD0]*:)/gi;

/**
 * The strip with each pattern in it broken apart; the same again when it is given its own result.
 *
 * `codes` are the words at the marks of code, which come out between two of these marks: only what moves an item is broken apart
 * in them, since some programs do not know code.
 */
export function breakApart(strip: string, codes: readonly string[] = []): string {
  const apart = strip
    .replace(/<(?!\uFDD0*(?:[\s=\d\uFDD2]|$))/g, '‹')
    .replace(/&(?=#?\w+\uFDD0*;)/g, '& ')
    .replace(/(?<!!)!+(?=\[)/g, '')
    .replace(ownMark, '(')
    .replace(/\](?=[:(\uFDD3])/g, '] ')
    .replace(/@(?!\uFDD0*(?:[\s\uFDD2]|$))/g, '@ ')
    .replace(/(\w)(\uFDD0*):(?=\uFDD0*\/\/)/g, '$1 $2:')
    .replace(/\b(www)(\uFDD0*)\./gi, '$1 $2.')
    .replace(/\$(?=\uFDD0*[`\uFDD1])/g, '$ ')
    .replace(container, '$1$2: ')
    .replace(platformWords, '$1… ');
  let at = 0;
  const whole = apart.replaceAll(marks.code, () => {
    const code = codes[at] ?? '';
    at += 1;
    return `${marks.code}${code.replace(color, marks.color)}${marks.code}`;
  });
  // A word put behind the first sign of a path leaves that sign as a command.
  return withoutMoves(whole, stating).replace(command, '$1$2∕');
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
    .replace(/^([ \t]*)\/(?=[a-z][\w-]*(?:[ \t]|$))/gim, '$1∕')
    .replace(planLine, '… ');
  return withoutMoves(apart.replace(color, marks.color), statingLine);
}
