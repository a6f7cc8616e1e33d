/** The tools of one turn for a work item, each bound to that item: what the model asks for goes through the same gate as all else. */
import type { Agent } from '../../agents/agent.ts';
import type { Clock } from '../../base/clock.ts';
import type { CrashPoints } from '../../base/crash-points.ts';
import type { Redact } from '../../base/redact.ts';
import type { SessionId } from '../../broker/session-id.ts';
import type { InstanceConnector } from '../../connectors/instance.ts';
import type { Performer } from '../../effects/performer.ts';
import type { EngineTool } from '../../engine/engine.ts';
import type { Repository } from '../../git/repository.ts';
import type { LogEntry } from '../../ipc/protocol.ts';
import { limits } from '../../limits.ts';
import { refuse } from '../../refusal.ts';
import { bindTools } from '../../tools/binder.ts';
import { createGitOpsTool } from '../../tools/shipped/git-ops.ts';
import { createGrepLogsTool, type LogSearchPort } from '../../tools/shipped/grep-logs.ts';
import { createInstanceApiTool } from '../../tools/shipped/instance-api.ts';
import { createInstanceDeployTool } from '../../tools/shipped/instance-deploy.ts';
import { createSendMessageTool, type PublishPort } from '../../tools/shipped/send-message.ts';
import type { HostTool, PlatformTool } from '../../tools/tool.ts';
import type { TrackerTool } from '../../tools/tracker-tool.ts';
import type { Intent } from '../../work-items/lifecycle/events.ts';
import type { TrackerReads } from '../../work-items/tracker.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import type { GitTurnSettings, GitWork } from './git-commit.ts';
import { createGitTurn } from './git-turn.ts';
import { createPlanTools } from './plan-tools.ts';
import type { TurnBinding } from './run-turn.ts';

export interface TurnToolsOptions {
  agent: Agent;
  sessionId: SessionId;
  tracker: TrackerReads;
  trackerTool: TrackerTool;
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
  /** For what leaves: to the tile, to other sessions, into a commit. */
  redact: Redact;
  /** For what the model is told. */
  modelRedact: Redact;
  crashPoints: CrashPoints;
  clock: Clock;
}

/** The same for a turn that begins again after its process died, and another for the next one that the lifecycle asks for. */
const turnOf = ({ counts: { moves, repairs } }: WorkItem) => moves * 1_000 + repairs;

export function createTurnTools(options: TurnToolsOptions) {
  const { agent, sessionId, tracker, repository, instance, performer, redact, clock } = options;

  function trackerTool({ drive }: TurnBinding): PlatformTool {
    async function perform(intent: Intent): Promise<unknown> {
      const outcome = await performer.perform(drive.item(), intent);
      return outcome.kind === 'done' ? { done: true, ...outcome.result } : outcome.refusal;
    }
    const turn = turnOf(drive.item());
    let written = 0;
    const nth = () => turn * 1_000 + ++written;
    return options.trackerTool({
      query: async () => refuse('TOOL_UNAVAILABLE', 'a turn for a work item reads that item only'),
      reads: tracker,
      comment: (text) => perform({ kind: 'comment', text, nth: turn }),
      create: (type, fields) => perform({ kind: 'create-child', type, fields, nth: nth() }),
      update: (fields) => perform({ kind: 'set-fields', fields, nth: nth() }),
      linkHosts: options.linkHosts,
      redact,
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
    const work: GitWork = { settings, repository, tree, drive, added: new Set(), redact, crashPoints, clock };
    return bindTools({
      turn: { agentId: agent.id, sessionId, kind, workItemId: tile.workItemId, config: agent.config },
      platformTools: [
        ...createPlanTools(binding, work),
        trackerTool(binding),
        createGitOpsTool(createGitTurn(work, ownerUid)),
        ...instanceTools(),
        createSendMessageTool(options.publish),
        createGrepLogsTool(options.searchLogs),
      ],
      hostTools: await options.hostTools(),
      redact: options.modelRedact,
      limits,
      record: (call) => {
        if (call.outcome === 'refused')
          record([{ at: clock.now(), kind: 'refused', tool: call.tool, input: call.input, result: call.result }]);
        if (call.bug) record([{ at: clock.now(), kind: 'bug', tool: call.tool, text: call.bug }]);
      },
    });
  };
}
