/** Stores with each plan of an earlier version the text that its hash covers, since later versions compare with the stored text. */
import type { Kysely } from 'kysely';
import { type FirstPlan, firstPlanText } from './first-plan-text.ts';

interface Tables {
  sessions: { agent_id: string; session_id: string; item: string | null };
}

interface Item {
  plan?: { plan: FirstPlan; text?: string };
}

/** A plan whose text comes out with another hash than the stored one is refused by the gate, and planned again. */
export async function storePlanTexts(made: Kysely<unknown>): Promise<void> {
  const db = made as Kysely<Tables>;
  const sessions = await db.selectFrom('sessions').selectAll().where('item', 'is not', null).execute();
  for (const { agent_id, session_id, item: stored } of sessions) {
    const item = JSON.parse(stored ?? '{}') as Item;
    if (!item.plan || item.plan.text !== undefined) continue;
    const plan = { ...item.plan, text: firstPlanText(item.plan.plan) };
    await db
      .updateTable('sessions')
      .set({ item: JSON.stringify({ ...item, plan }) })
      .where((eb) => eb.and({ agent_id, session_id }))
      .execute();
  }
}
