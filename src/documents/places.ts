/** A text of a model, or of anybody that it quotes, as it may be shown in each place. */
import type { Root } from 'mdast';
import { toHtml } from './html.ts';
import type { LinkOptions } from './lines.ts';
import { toPlainText } from './plain-text.ts';
import { readDocument } from './read.ts';
import { sanitize } from './sanitize.ts';
import { type SlackMessage, toSlack } from './slack.ts';

/** What is sanitized is a tree whose Markdown stays as it is, of bounded size and depth. */
const treeOf = (text: string, { hosts = [] }: LinkOptions): Root => readDocument(sanitize(text, { hosts }), hosts);

/** Each takes Markdown. Links lead to `hosts` alone. */
export const writeFor = {
  /** Work item comments, pull requests. */
  markdown: sanitize,
  /** Boards and mail without Markdown. */
  html: (text: string, options: LinkOptions = {}): string => toHtml(treeOf(text, options)),
  slack: (text: string, options: LinkOptions = {}): SlackMessage => toSlack(treeOf(text, options), options.hosts ?? []),
  /** Terminal, mail, status posts. */
  plainText: (text: string, options: LinkOptions = {}): string =>
    toPlainText(treeOf(text, options), options.hosts ?? []),
};
