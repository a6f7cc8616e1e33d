/** Turns work items and intents of the first version, all of whose fields stood side by side, into those grouped by stage. */
import type { Kysely } from 'kysely';
import { known } from '../../base/known.ts';

type Fields = Record<string, unknown>;

/** Only what is there, or undefined where nothing is. */
function group(fields: Fields): Fields | undefined {
  const found = known(fields);
  return Object.keys(found).length > 0 ? found : undefined;
}

/** What tells an effect from an earlier one of the same content was called by three names. */
function numberedIntent({ move, attempt, ...intent }: Fields): Fields {
  const nth = move ?? attempt;
  return nth === undefined ? intent : { ...intent, nth };
}

function groupedBarred(barred: Fields): Fields {
  const { moves, told, refusal } = barred as { moves: Fields[]; told?: string[]; refusal: { why: string } };
  return { ...barred, moves: moves.map(numberedIntent), told: told ?? [refusal.why] };
}

/** `item` is a work item as version 0.1.0 stored it; what comes out is a `WorkItem`. */
function groupedItem(item: Fields): Fields {
  const { claimRev, branch, change: commit, kept, pushedSha, heard, pullRequest, behind, ...others } = item;
  const { mergedSha, deployedSha, deployment: sent, told, barred, ...rest } = others;
  const {
    moves = 0,
    attempts = 0,
    repairs = 0,
    replans = 0,
    questions = 0,
    branchesLeft = 0,
    approval,
    ...same
  } = rest;
  const { left, ...deployed } = (sent ?? {}) as Fields;
  const change = group({ commit, kept, pushedSha, heard, branch });
  return known({
    ...same,
    approval: approval ? known({ ...(approval as Fields), claimRev }) : undefined,
    change: change && { branch: '', ...change },
    review: pullRequest ? known({ ...(pullRequest as Fields), behind }) : undefined,
    deployment: mergedSha
      ? known({ mergedSha, deployedSha, sent: sent ? known({ ...deployed, takenAway: left }) : undefined })
      : undefined,
    counts: { moves, told: told ?? 0, attempts, repairs, replans, questions, branchesLeft },
    barred: barred ? groupedBarred(barred as Fields) : undefined,
  });
}

interface Tables {
  sessions: { agent_id: string; session_id: string; item: string | null };
  effects: { key: string; intent: string; result: string | null };
}

/** Rewrites every stored item, and every intent with its result. */
export async function groupItems(made: Kysely<unknown>): Promise<void> {
  const db = made as Kysely<Tables>;
  const rewritten = (text: string, change: (fields: Fields) => Fields) =>
    JSON.stringify(change(JSON.parse(text) as Fields));
  const sessions = await db.selectFrom('sessions').select(['agent_id', 'session_id', 'item']).execute();
  for (const { agent_id, session_id, item } of sessions) {
    if (item === null) continue;
    await db
      .updateTable('sessions')
      .set({ item: rewritten(item, groupedItem) })
      .where((eb) => eb.and({ agent_id, session_id }))
      .execute();
  }
  const takenAway = ({ left, ...result }: Fields) => known({ ...result, takenAway: left });
  for (const { key, intent, result } of await db.selectFrom('effects').select(['key', 'intent', 'result']).execute()) {
    await db
      .updateTable('effects')
      .set({ intent: rewritten(intent, numberedIntent), result: result && rewritten(result, takenAway) })
      .where('key', '=', key)
      .execute();
  }
}
