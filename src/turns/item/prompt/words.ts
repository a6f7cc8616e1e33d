/** What people said about a work item, as a prompt holds it: read as Markdown, with pasted pictures at their place, and cut to one budget. */
import { cutText, startOf } from '../../../documents/cut.ts';
import { pastedFilesIn, withPastedFiles } from '../../../work-items/pasted-file.ts';
import { passagesOf } from '../../../work-items/quote.ts';
import type { TileComment } from '../../../work-items/tracker.ts';
import type { ShownAttachment } from './attachments.ts';

/** All texts are Markdown. */
export interface Words {
  /** What is new since the last turn: an answer, feedback, a failed test. */
  hint?: string;
  title: string;
  /** The tile's content fields by name, without its title. */
  content: Readonly<Record<string, string>>;
  /** Oldest first. */
  comments: readonly TileComment[];
  attachments: readonly ShownAttachment[];
}

/** What was left out, in the platform's own words, the most important first. */
export interface CutWords extends Words {
  missing: readonly string[];
}

/** The files that are pasted into these texts. */
export function pastedIn({ hint = '', content, comments }: Omit<Words, 'attachments'>) {
  const texts = [hint, ...Object.values(content), ...comments.map(({ text }) => text)];
  return pastedFilesIn(texts.join('\n'));
}

/** Each pasted picture is called by the path at which the engine sees it, or by its name. */
export function withPictures(words: Words): Words {
  const paths = new Map(words.attachments.map(({ id, picture }) => [id, picture?.path]));
  const shown = (text: string) =>
    withPastedFiles(text, ({ id, name }) => paths.get(id) ?? `${name}, which is not shown here`);
  const { hint, content, comments } = words;
  return {
    ...words,
    ...(hint === undefined ? {} : { hint: shown(hint) }),
    content: Object.fromEntries(Object.entries(content).map(([name, text]) => [name, shown(text)])),
    comments: comments.map((comment) => ({ ...comment, text: shown(comment.text) })),
  };
}

/** What the two lines around a text and its label take. */
const frameChars = 200;
/** Less than this of a comment or a file says nothing. */
const usefulChars = 300;
const namesMax = 50;
const nameCharsMax = 200;
/** What the list says of a file beside its name. */
const fileChars = 100;
/** Each passage of the news is in its own frame. */
export const passagesMax = 40;

/**
 * At most about `charsMax` characters, between characters: the news first, then title and fields, then the newest comments,
 * then files. None of them takes more than half, so that one pasted log hides nothing else.
 */
export function cutWords(words: Words, charsMax: number): CutWords {
  const { hint, title, content, comments, attachments } = words;
  const half = Math.floor(charsMax / 2);
  const missing: string[] = [];
  let left = charsMax;

  function take(text: string, what: string): string {
    const kept = cutText(text, Math.max(0, Math.min(half, left - frameChars)));
    if (kept !== text) missing.push(`the end of ${what}, which has ${text.length} characters`);
    left -= kept.length + frameChars;
    return kept;
  }

  function takeAll<T>(
    all: readonly T[],
    textOf: (one: T) => string,
    what: string | ((one: T) => string),
    put: (one: T, text: string) => T,
  ): T[] {
    const kept: T[] = [];
    for (const one of all) {
      if (left < usefulChars + frameChars) break;
      kept.push(put(one, take(textOf(one), typeof what === 'string' ? what : what(one))));
    }
    return kept;
  }

  // The first passage's frame is counted as every text's is.
  left -= (Math.min(passagesOf(hint ?? '').length || 1, passagesMax) - 1) * frameChars;
  const news = hint === undefined ? {} : { hint: take(hint, 'what is new') };
  const heading = take(title, 'the title');
  const all = Object.entries(content);
  const fields = takeAll(
    all,
    ([, text]) => text,
    ([name]) => name,
    ([name], text): [string, string] => [name, text],
  );
  if (fields.length < all.length) missing.push(`${all.length - fields.length} fields`);
  const newest = takeAll(
    comments.toReversed(),
    ({ text }) => text,
    'a comment',
    (comment, text) => ({ ...comment, text }),
  );
  if (newest.length < comments.length) missing.push(`the ${comments.length - newest.length} oldest comments`);
  const shown = Math.max(0, Math.min(namesMax, Math.floor(left / (nameCharsMax + fileChars))));
  const named = attachments.slice(0, shown).map((file) => ({ ...file, name: startOf(file.name, nameCharsMax) }));
  left -= named.reduce((sum, { name }) => sum + name.length + fileChars, 0);
  if (named.length < attachments.length) missing.push(`${attachments.length - named.length} files`);
  const withText = named.filter(({ text }) => text !== undefined);
  const texts = takeAll(
    withText,
    ({ text = '' }) => text,
    'an attached file',
    (file, text) => ({ ...file, text }),
  );
  if (texts.length < withText.length) missing.push(`what ${withText.length - texts.length} attached text files say`);
  const kept = new Map(texts.map((file) => [file.id, file]));
  const files = named.map(({ text, ...file }) => kept.get(file.id) ?? file);
  return {
    ...news,
    title: heading,
    content: Object.fromEntries(fields),
    comments: newest.reverse(),
    attachments: files,
    missing,
  };
}
