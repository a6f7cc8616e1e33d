/** A message of ours as Slack takes it: blocks in which words are only words, and our buttons below them. */
import type { Outgoing, ShownButton } from '../../conversations/outgoing.ts';
import { startOf } from '../../documents/cut.ts';
import { sanitizeLine } from '../../documents/lines.ts';
import { writeFor } from '../../documents/places.ts';
import type { SlackBlock } from '../../documents/slack.ts';
import { limits } from '../../limits.ts';

type Words = Pick<Extract<Outgoing, { kind: 'post' }>, 'text' | 'mention' | 'buttons' | 'links'>;

/** How the action of each button of ours begins. */
const ours = 'jv:';

const labelCharsMax = 75;

const labelOf = (text: string) => {
  const words = startOf(sanitizeLine(text), labelCharsMax);
  return { type: 'plain_text', text: words || '?', emoji: false };
};

/** Slack wants each action of a block once, so a second button of the same action has a number. What counts is the value. */
function actionsOf(buttons: readonly ShownButton[], links: Words['links'] = []) {
  const names = buttons.map(({ action }, at) => {
    const before = buttons.slice(0, at).filter((other) => other.action === action).length;
    return `${ours}${action}${before === 0 ? '' : `:${before}`}`;
  });
  const shown = buttons.map(({ id, label, style }, at) => ({
    type: 'button',
    ...{ action_id: names[at], value: id, text: labelOf(label) },
    ...(style ? { style } : {}),
  }));
  const opening = links.map(({ label, url }, at) => ({
    type: 'button',
    ...{ action_id: `${ours}open:${at}`, url, text: labelOf(label) },
  }));
  const elements = [...shown, ...opening];
  return elements.length > 0 ? [{ type: 'actions', elements }] : [];
}

/** The person who is answered, before the words: the only mention that a message of ours can have. */
function addressed(blocks: readonly SlackBlock[], user: string): unknown[] {
  const [first, ...rest] = blocks;
  const [start, ...more] = first?.elements ?? [];
  const mention = [
    { type: 'user', user_id: user },
    { type: 'text', text: ' ' },
  ];
  const isWords = start?.type === 'rich_text_section';
  const opened = { type: 'rich_text_section', elements: [...mention, ...(isWords ? start.elements : [])] };
  return [{ type: 'rich_text', elements: [opened, ...(isWords || !start ? [] : [start]), ...more] }, ...rest];
}

/** One question with room for some lines. */
export function formView({ action, value, title, label, field }: Extract<Outgoing, { kind: 'form' }>) {
  const element = { type: 'plain_text_input', action_id: field, multiline: true, max_length: limits.formCharsMax };
  return {
    type: 'modal',
    ...{ callback_id: `${ours}${action}`, private_metadata: value },
    ...{ title: labelOf(title), submit: labelOf('Send'), close: labelOf('Cancel') },
    blocks: [{ type: 'input', block_id: field, label: labelOf(label), element }],
  };
}

/** `text` is what notifications and screen readers get. */
export function written({ text, mention, buttons = [], links }: Words, hosts: readonly string[]) {
  const { text: plain, blocks } = writeFor.slack(text, { hosts });
  const words = mention === undefined ? blocks : addressed(blocks, mention);
  return {
    text: mention === undefined ? plain : `<@${mention}> ${plain}`,
    blocks: [...words, ...actionsOf(buttons, links)],
  };
}
