/** Modals that an app opens for a person who has just done something. */
import { z } from 'zod';
import { openView, viewShown } from '../events/interactions.ts';
import type { OpenView } from '../model.ts';
import { checkBlocks } from './blocks.ts';
import { arg, type Call, type Method, method, refuse } from './method.ts';

const plain = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(max), emoji: z.boolean().optional() });

const modal = z
  .strictObject({
    type: z.literal('modal'),
    title: plain(24),
    blocks: z.array(z.unknown()),
    submit: plain(24).optional(),
    close: plain(24).optional(),
    private_metadata: z.string().max(3_000).optional(),
    callback_id: z.string().max(255).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    external_id: z.string().max(255).optional(),
  })
  .transform((view) => ({ ...view, blocks: checkBlocks(view.blocks, 'view') }));

function viewOf(given: unknown): OpenView['view'] {
  const view = modal.safeParse(given);
  if (!view.success) {
    const told = view.error.issues.map(
      ({ path, message }) => `[ERROR] ${message} [json-pointer:/view/${path.join('/')}]`,
    );
    return refuse('invalid_arguments', ...told);
  }
  const asks = view.data.blocks.some(({ type }) => type === 'input');
  return asks && !view.data.submit ? refuse('invalid_arguments', '[ERROR] missing required field: submit') : view.data;
}

const triggerMs = 3_000;

function open(call: Call<{ trigger_id: string; view?: unknown }>): Record<string, unknown> {
  const { state, app, args } = call;
  const trigger = state.triggers.get(args.trigger_id);
  if (!trigger || trigger.app !== app.name) return refuse('invalid_trigger_id');
  if (trigger.isUsed) return refuse('exchanged_trigger_id');
  if (state.clock.now() - trigger.at > triggerMs) return refuse('expired_trigger_id');
  const view = viewOf(args.view);
  trigger.isUsed = true;
  return { view: viewShown(state, openView(state, app.name, trigger.user, view)) };
}

export const viewMethods: Record<string, Method> = {
  'views.open': method('', z.object({ trigger_id: arg.text, view: arg.json(z.unknown()) }), open),
  'views.update': method('', z.object({ view_id: arg.text, view: arg.json(z.unknown()) }), (call) => {
    const found = call.state.views.get(call.args.view_id);
    if (!found || found.app !== call.app.name) return refuse('not_found');
    Object.assign(found, { view: viewOf(call.args.view), errors: {} });
    return { view: viewShown(call.state, found) };
  }),
};
