/** The tools of one turn for a work item, each bound to that item: what the model asks for goes through the same gate as all else. */
import type { EngineTool } from '../../../engine/engine.ts';
import { refuse } from '../../../refusal.ts';
import { createGitOpsTool } from '../../../tools/shipped/git-ops.ts';
import { createInstanceApiTool } from '../../../tools/shipped/instance-api.ts';
import { createInstanceDeployTool } from '../../../tools/shipped/instance-deploy.ts';
import type { PlatformTool } from '../../../tools/tool.ts';
import type { Intent } from '../../../work-items/lifecycle/events.ts';
import type { WorkItem } from '../../../work-items/work-item.ts';
import { toolsOf } from '../../talk/turn-tools.ts';
import type { ItemTurn, Round } from '../turn.ts';
import type { GitWork } from './git-commit.ts';
import { createGitTurn } from './git-turn.ts';
import { planTools } from './plan-tools.ts';

/** The same for a turn that begins again after its process died, and another for the next one that the lifecycle asks for. */
const turnOf = ({ counts: { moves, repairs } }: WorkItem) => moves * 1_000 + repairs;

async function trackerTool({ performer, connections, redact }: ItemTurn, { drive }: Round): Promise<PlatformTool> {
  async function perform(intent: Intent): Promise<unknown> {
    const outcome = await performer.perform(drive.item(), intent);
    return outcome.kind === 'done' ? { done: true, ...outcome.result } : outcome.refusal;
  }
  const turn = turnOf(drive.item());
  let written = 0;
  const nth = () => turn * 1_000 + ++written;
  const toolWith = await connections.trackerTool();
  return toolWith({
    query: async () => refuse('TOOL_UNAVAILABLE', 'a turn for a work item reads that item only'),
    reads: connections.tracker,
    comment: (text) => perform({ kind: 'comment', text, nth: turn }),
    create: (type, fields) => perform({ kind: 'create-child', type, fields, nth: nth() }),
    update: (fields) => perform({ kind: 'set-fields', fields, nth: nth() }),
    linkHosts: connections.linkHosts,
    redact,
  });
}

function instanceTools({ connections: { instance } }: ItemTurn): PlatformTool[] {
  if (!instance) return [];
  return [createInstanceApiTool((request) => instance.call(request)), createInstanceDeployTool(instance)];
}

export async function itemTools(turn: ItemTurn, round: Round): Promise<EngineTool[]> {
  const { phase, tree, drive, tile } = round;
  const work: GitWork = { turn, tree, drive, added: new Set() };
  const own = [
    ...planTools(work, round),
    await trackerTool(turn, round),
    createGitOpsTool(createGitTurn(work, turn.worker.workspace.ownerUid)),
    ...instanceTools(turn),
  ];
  return toolsOf(turn, { kind: phase === 'planning' ? 'planning' : 'executing', workItemId: tile.workItemId }, own);
}
