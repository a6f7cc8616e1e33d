/** The modal that a person has open, as a form. */
import { html } from 'hono/html';
import { actionId, elementsOf } from '../events/interactions.ts';
import type { Block, OpenView } from '../model.ts';
import type { State } from '../state.ts';
import { blocksMarkup, choices, plainText } from './blocks.ts';
import type { Markup } from './words.ts';

function field(block: Block, error: string | undefined): Markup {
  const [element] = elementsOf(block);
  if (!element) return html``;
  const id = actionId(element, 0);
  const hint = plainText(block.hint);
  const attributes = {
    required: block.optional === true ? '' : 'required',
    start: typeof element.initial_value === 'string' ? element.initial_value : '',
  };
  const told = error ? html`<p class="notice" id="error-${id}" role="alert">${error}</p>` : '';
  const input =
    element.type !== 'plain_text_input'
      ? html`<select id="field-${id}" name="${id}">${choices(element)}</select>`
      : element.multiline === true
        ? html`<textarea id="field-${id}" name="${id}" ${attributes.required}>${attributes.start}</textarea>`
        : html`<input id="field-${id}" name="${id}" value="${attributes.start}" ${attributes.required}>`;
  return html`<label for="field-${id}">${plainText(block.label)}</label>${input}${told}
    ${hint ? html`<p class="quiet">${hint}</p>` : ''}`;
}

/** The form of a modal; empty where none is open. */
export function modalMarkup(state: State, open: OpenView | undefined, back: string): Markup {
  if (!open) return html`<div id="modal" data-view=""></div>`;
  const { view, errors, id } = open;
  const parts = view.blocks.map((block) =>
    block.type === 'input' ? field(block, errors[block.block_id ?? '']) : blocksMarkup(state, [block], ''),
  );
  return html`<div id="modal" data-view="${id}"><section class="modal" role="dialog" aria-labelledby="modal-title">
    <h2 id="modal-title">${view.title.text}</h2>
    <form class="stack" method="post" action="/views/${id}/submit"><input type="hidden" name="_back" value="${back}">
      ${parts}<button class="primary">${plainText(view.submit) || 'Submit'}</button></form>
    <form method="post" action="/views/${id}/close"><input type="hidden" name="_back" value="${back}">
      <button>${plainText(view.close) || 'Cancel'}</button></form>
  </section></div>`;
}
