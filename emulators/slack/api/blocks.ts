/** Which blocks Slack takes in a message or a modal: their fields, their lengths, and how many. */
import { z } from 'zod';
import type { Block } from '../model.ts';
import { refuse } from './method.ts';

const id = z.string().min(1).max(255);
const plain = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(max), emoji: z.boolean().optional() });
const marked = (max: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(max), verbatim: z.boolean().optional() });
const text = (max: number) => z.discriminatedUnion('type', [plain(max), marked(max)]);

const confirm = z.strictObject({
  title: plain(100),
  text: text(300),
  confirm: plain(30),
  deny: plain(30),
  style: z.enum(['primary', 'danger']).optional(),
});

const button = z.strictObject({
  type: z.literal('button'),
  text: plain(75),
  action_id: id.optional(),
  url: z.string().max(3_000).optional(),
  value: z.string().max(2_000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: confirm.optional(),
  accessibility_label: z.string().max(75).optional(),
});

const option = z.strictObject({ text: text(75), value: z.string().max(150), description: plain(75).optional() });
const options = z.array(option).min(1).max(100);
const select = z.strictObject({
  type: z.literal('static_select'),
  action_id: id.optional(),
  placeholder: plain(150).optional(),
  options,
  initial_option: option.optional(),
  confirm: confirm.optional(),
});
const radio = z.strictObject({
  type: z.literal('radio_buttons'),
  action_id: id.optional(),
  options: options.max(10),
  initial_option: option.optional(),
});
const image = z.strictObject({
  type: z.literal('image'),
  image_url: z.string().max(3_000),
  alt_text: z.string().min(1).max(2_000),
});
const input = z.strictObject({
  type: z.literal('plain_text_input'),
  action_id: id.optional(),
  initial_value: z.string().max(3_000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3_000).optional(),
  max_length: z.int().min(1).max(3_000).optional(),
  placeholder: plain(150).optional(),
  focus_on_load: z.boolean().optional(),
});
const feedback = z.looseObject({ type: z.enum(['feedback_buttons', 'icon_button']), action_id: id.optional() });

const block_id = id.optional();
const inMessages = {
  section: z
    .strictObject({
      type: z.literal('section'),
      block_id,
      text: text(3_000).optional(),
      fields: z.array(text(2_000)).min(1).max(10).optional(),
      accessory: z.discriminatedUnion('type', [button, select, radio, image]).optional(),
      expand: z.boolean().optional(),
    })
    .refine((section) => section.text || section.fields, 'missing required field: text or fields'),
  header: z.strictObject({ type: z.literal('header'), block_id, text: plain(150) }),
  divider: z.strictObject({ type: z.literal('divider'), block_id }),
  context: z.strictObject({
    type: z.literal('context'),
    block_id,
    elements: z
      .array(z.discriminatedUnion('type', [plain(2_000), marked(2_000), image]))
      .min(1)
      .max(10),
  }),
  actions: z.strictObject({
    type: z.literal('actions'),
    block_id,
    elements: z
      .array(z.discriminatedUnion('type', [button, select, radio]))
      .min(1)
      .max(25),
  }),
  context_actions: z.strictObject({
    type: z.literal('context_actions'),
    block_id,
    elements: z.array(feedback).min(1).max(5),
  }),
  markdown: z.strictObject({ type: z.literal('markdown'), block_id, text: z.string().min(1) }),
  rich_text: z.strictObject({ type: z.literal('rich_text'), block_id, elements: z.array(z.looseObject({})) }),
  table: z.strictObject({
    type: z.literal('table'),
    block_id,
    rows: z
      .array(z.array(z.looseObject({})).max(20))
      .min(1)
      .max(100),
    column_settings: z.array(z.looseObject({}).nullable()).max(20).optional(),
  }),
  image: image.extend({ block_id, title: plain(2_000).optional() }),
};
const inViews = {
  ...inMessages,
  input: z.strictObject({
    type: z.literal('input'),
    block_id,
    label: plain(2_000),
    element: z.discriminatedUnion('type', [input, select, radio]),
    hint: plain(2_000).optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
  }),
};

const pointed = (where: string, what: string) => `[ERROR] ${what} [json-pointer:${where}]`;

function fault(block: unknown, at: string, known: Record<string, z.ZodType>): string[] {
  const type = typeof block === 'object' && block !== null && 'type' in block ? String(block.type) : '';
  const schema = Object.hasOwn(known, type) ? known[type] : undefined;
  if (!schema) return [pointed(`${at}/type`, `unsupported type: ${type}`)];
  const checked = schema.safeParse(block);
  if (checked.success) return [];
  return checked.error.issues.map(({ path, message }) => pointed([at, ...path].join('/'), message));
}

/** The same `action_id` twice in a block, or the same `block_id` twice, is refused. */
function twice(blocks: readonly Block[]): string[] {
  const doubled = (ids: unknown[]) => ids.find((each, n) => typeof each === 'string' && ids.indexOf(each) !== n);
  const actions = blocks.map(({ elements }) =>
    Array.isArray(elements) ? elements.map((each) => each?.action_id) : [],
  );
  const block = doubled(blocks.map((each) => each.block_id));
  const within = actions.flatMap((ids, n) =>
    doubled(ids) ? [pointed(`/blocks/${n}`, 'action_id already exists')] : [],
  );
  return block === undefined ? within : [pointed('/blocks', `block_id ${String(block)} already exists`), ...within];
}

/** The blocks, if Slack would take all of them. `most` is 50 in a message and 100 in a modal. */
export function checkBlocks(given: unknown, kind: 'message' | 'view' = 'message'): Block[] {
  const most = kind === 'message' ? 50 : 100;
  if (!Array.isArray(given)) return refuse('invalid_blocks_format');
  if (given.length > most) return refuse('invalid_blocks', pointed('/blocks', `no more than ${most} items allowed`));
  const known = kind === 'message' ? inMessages : inViews;
  const faults = given.flatMap((block, n) => fault(block, `/blocks/${n}`, known));
  if (faults.length === 0) faults.push(...twice(given));
  return faults.length > 0 ? refuse('invalid_blocks', ...faults) : given;
}

const markdownCharsMax = 12_000;
const blockCharsMax = 13_200;

/** How many characters the blocks show; more than Slack takes together is `msg_blocks_too_long`. */
export function checkLength(blocks: readonly Block[]): void {
  const chars = (value: unknown): number => {
    if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + chars(each), 0);
    if (typeof value !== 'object' || value === null) return 0;
    return Object.entries(value).reduce(
      (sum, [name, each]) => sum + (name === 'text' && typeof each === 'string' ? each.length : chars(each)),
      0,
    );
  };
  const markdown = chars(blocks.filter(({ type }) => type === 'markdown'));
  if (markdown > markdownCharsMax || chars(blocks) > blockCharsMax) refuse('msg_blocks_too_long');
}
