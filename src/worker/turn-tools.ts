/** The tools of one turn for a work item, each bound to that item: what the model asks for goes through the same gate as all else. */
import type { Agent } from '../agents/agent.ts';
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import type { Redact } from '../base/redact.ts';
import type { InstanceConnector } from '../connectors/instance.ts';
import type { Performer } from '../effects/performer.ts';
import type { EngineTool } from '../engine/engine.ts';
import type { Repository } from '../git/repository.ts';
import type { LogEntry } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { SessionId } from '../sessions/session-id.ts';
import { bindTools } from '../tools/binder.ts';
import { createAskTool } from '../tools/shipped/ask.ts';
import { createAzdoTool } from '../tools/shipped/azdo.ts';
import { createGitOpsTool } from '../tools/shipped/git-ops.ts';
import { createGrepLogsTool, type LogSearchPort } from '../tools/shipped/grep-logs.ts';
import { createInstanceApiTool } from '../tools/shipped/instance-api.ts';
import { createInstanceDeployTool } from '../tools/shipped/instance-deploy.ts';
import { createSendMessageTool, type PublishPort } from '../tools/shipped/send-message.ts';
import { createSubmitPlanTool } from '../tools/shipped/submit-plan.ts';
import type { HostTool, PlatformTool } from '../tools/tool.ts';
import type { Intent } from '../work-items/lifecycle-events.ts';
import { type Plan, planHash } from '../work-items/plan.ts';
import type { TrackerReads } from '../work-items/tracker.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { GitTurnSettings } from './git-commit.ts';
import { createGitTurn } from './git-turn.ts';
import type { TurnBinding } from './run-turn.ts';

export interface TurnToolsOptions {
  agent: Agent;
  sessionId: SessionId;
  tracker: TrackerReads;
  repository: Repository;
  instance: InstanceConnector | undefined;
  performer: Performer;
  gitSettings: GitTurnSettings;
  linkHosts: readonly string[];
  ownerUid: number | undefined;
  hostTools: () => Promise<readonly HostTool[]>;
  publish: PublishPort;
  searchLogs: LogSearchPort;
  record: (entries: LogEntry[]) => void;
  redact: Redact;
  crashPoints: CrashPoints;
  clock: Clock;
}

/** The same for a turn that begins again after its process died, and another for the next one that the lifecycle asks for. */
const turnOf = ({ moves, repairs }: WorkItem) => moves * 1_000 + repairs;

/** Paths of a plan that do not fit the commit it was made on. */
async function checkFiles(plan: Plan, repository: Repository, sha: string): Promise<Refusal | undefined> {
  for (const { path, change } of plan.files) {
    const exists = await repository.exists(sha, path);
    if (exists === (change === 'new')) {
      const why = exists ? `${path} exists already, so it is no new file` : `${path} does not exist, so mark it "new"`;
      return refuse('TOOL_PATH', why, 'Name each file literally, as it stands in the repository.');
    }
  }
  return undefined;
}

export function createTurnTools(options: TurnToolsOptions) {
  const { agent, sessionId, tracker, repository, instance, performer, clock } = options;

  function planningTools({ tree, tile, product }: TurnBinding): PlatformTool[] {
    const { workItemId, contentHash } = tile;
    const submit = createSubmitPlanTool(async (plan) => {
      const refusal = await checkFiles(plan, repository, tree.sha);
      if (refusal) return refusal;
      const hash = planHash(workItemId, plan);
      product.event = { kind: 'plan-submitted', plan, hash, baseSha: tree.sha, contentHash };
      return undefined;
    });
    const ask = createAskTool(async (question) => {
      product.event = { kind: 'question-asked', question };
      return undefined;
    });
    return [submit, ask];
  }

  function azdo({ drive }: TurnBinding): PlatformTool {
    async function perform(intent: Intent): Promise<unknown> {
      const outcome = await performer.perform(drive.item(), intent);
      return outcome.kind === 'done' ? { done: true, ...outcome.result } : outcome.refusal;
    }
    const turn = turnOf(drive.item());
    let written = 0;
    const nth = () => turn * 1_000 + ++written;
    return createAzdoTool({
      query: async () => refuse('TOOL_UNAVAILABLE', 'a turn for a work item reads that item only'),
      reads: tracker,
      comment: (text) => perform({ kind: 'comment', text, move: turn }),
      create: (type, fields) => perform({ kind: 'create-child', type, fields, nth: nth() }),
      update: (fields) => perform({ kind: 'set-fields', fields, nth: nth() }),
      linkHosts: options.linkHosts,
    });
  }

  function instanceTools(): PlatformTool[] {
    if (!instance) return [];
    return [createInstanceApiTool((request) => instance.call(request)), createInstanceDeployTool(instance)];
  }

  return async (binding: TurnBinding): Promise<EngineTool[]> => {
    const { phase, tree, drive, tile } = binding;
    const { gitSettings: settings, ownerUid, record, crashPoints } = options;
    const kind = phase === 'planning' ? 'planning' : 'executing';
    const git = createGitTurn({ settings, repository, tree, drive, ownerUid, crashPoints, clock });
    return bindTools({
      turn: { agentId: agent.id, sessionId, kind, workItemId: tile.workItemId, config: agent.config },
      platformTools: [
        ...planningTools(binding),
        azdo(binding),
        createGitOpsTool(git),
        ...instanceTools(),
        createSendMessageTool(options.publish),
        createGrepLogsTool(options.searchLogs),
      ],
      hostTools: await options.hostTools(),
      redact: options.redact,
      limits,
      record: (call) => {
        if (call.outcome === 'refused')
          record([{ at: clock.now(), kind: 'refused', tool: call.tool, input: call.input, result: call.result }]);
        if (call.bug) record([{ at: clock.now(), kind: 'bug', tool: call.tool, text: call.bug }]);
      },
    });
  };
}
