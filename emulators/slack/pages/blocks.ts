/** Blocks as HTML: words, pictures' texts, and what a person can press or choose. */
import { html } from 'hono/html';
import { z } from 'zod';
import { actionId, type Element, elementsOf } from '../events/interactions.ts';
import type { Block } from '../model.ts';
import type { State } from '../state.ts';
import { type Markup, markdown, mrkdwn } from './words.ts';

const textSchema = z.looseObject({ type: z.string().optional(), text: z.string() });
const optionSchema = z.looseObject({ text: textSchema, value: z.string() });

/** Text of a block: plain, or in Slack's markup. */
function words(state: State, given: unknown): Markup | '' {
  const text = textSchema.safeParse(given);
  if (!text.success) return '';
  return text.data.type === 'plain_text' ? html`<span>${text.data.text}</span>` : mrkdwn(state, text.data.text);
}

export const plainText = (given: unknown): string => textSchema.safeParse(given).data?.text ?? '';

/** The choices of a select or of radio buttons. */
export function choices(element: Element, chosen?: string): Markup[] {
  const options = z.array(optionSchema).safeParse(element.options).data ?? [];
  const first = optionSchema.safeParse(element.initial_option).data?.value;
  return options.map(
    ({ text, value }) =>
      html`<option value="${value}" ${value === (chosen ?? first) ? 'selected' : ''}>${text.text}</option>`,
  );
}

/** `action` is where its form is sent. */
function control(element: Element, n: number, action: string): Markup | '' {
  const label = plainText(element.text);
  const id = actionId(element, n);
  if (element.type === 'button' && typeof element.url === 'string' && /^https?:/.test(element.url)) {
    return html`<a class="button" href="${element.url}" rel="noreferrer">${label}</a>`;
  }
  if (element.type === 'button') {
    const style = element.style === 'danger' ? 'danger' : element.style === 'primary' ? 'primary' : '';
    return html`<form method="post" action="${action}">
      <button class="${style}" name="action" value="${id}">${label}</button></form>`;
  }
  const options = choices(element);
  if (options.length === 0) return '';
  return html`<form method="post" action="${action}"><input type="hidden" name="action" value="${id}">
    <select name="chosen" aria-label="${plainText(element.placeholder) || 'Choose'}">${options}</select>
    <button>Choose</button></form>`;
}

/** All blocks; `action` is where what a person presses is sent. */
export function blocksMarkup(state: State, blocks: readonly Block[], action: string): Markup[] {
  return blocks.map((block) => {
    const controls = elementsOf(block).map((element, n) => control(element, n, action));
    const row = controls.length > 0 ? html`<div class="row">${controls}</div>` : '';
    const fields = Array.isArray(block.fields) ? block.fields.map((field) => words(state, field)) : [];
    const elements = Array.isArray(block.elements) ? block.elements : [];
    switch (block.type) {
      case 'section':
        return html`${words(state, block.text)}${fields}${row}`;
      case 'header':
        return html`<h2>${plainText(block.text)}</h2>`;
      case 'markdown':
        return markdown(state, String(block.text));
      case 'divider':
        return html`<hr>`;
      case 'context':
        return html`<div class="quiet">${elements.map((element) => words(state, element))}</div>`;
      case 'image':
        return html`<p class="quiet">Image: ${String(block.alt_text)}</p>`;
      default:
        return html`${row}`;
    }
  });
}
