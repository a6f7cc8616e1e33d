/** The tools of a turn as the engine has them: its caller's, those that every turn has, and the users' own, all under one count. */
import { messageOf } from '../../base/errors.ts';
import { redactValue } from '../../base/redact.ts';
import type { EngineTool } from '../../engine/engine.ts';
import { limits } from '../../limits.ts';
import { codes, isRefusal, type RefusedAct } from '../../refusal.ts';
import { bindTools, type ToolCallRecord } from '../../tools/binder.ts';
import { mainArgument } from '../../tools/call-words.ts';
import { createGrepLogsTool } from '../../tools/shipped/grep-logs.ts';
import { createSendEmailTool } from '../../tools/shipped/send-email.ts';
import { createSendMessageTool } from '../../tools/shipped/send-message.ts';
import type { PlatformTool, ToolTurn } from '../../tools/tool.ts';
import { mailPortOf } from '../mail.ts';
import { record, type Turn } from '../turn.ts';

/** The act as the audit log names it; what the other side did not do is not refused here. */
function refusedAct({ tool, input, result }: ToolCallRecord): RefusedAct | undefined {
  if (!isRefusal(result) || !Object.hasOwn(codes, result.refused) || result.refused.startsWith('OUTSIDE_'))
    return undefined;
  return { action: tool, target: mainArgument(input), code: result.refused };
}

/** What was refused, and what broke, stands in the session's log; all else the engine's own events tell. */
function note(turn: Turn, call: ToolCallRecord): void {
  const { tool, input, outcome, result, bug } = call;
  const at = turn.clock.now();
  const entries = [
    ...(outcome === 'refused' ? [{ at, kind: 'refused', tool, input, result }] : []),
    ...(bug ? [{ at, kind: 'bug', tool, text: bug }] : []),
  ];
  const act = outcome === 'refused' ? refusedAct(call) : undefined;
  if (act) turn.refused(act);
  if (entries.length > 0) record(turn, ...entries).catch((error: unknown) => turn.log.debug(messageOf(error)));
}

function mailTools(turn: Turn): PlatformTool[] {
  const { email } = turn.agent.config;
  return email && turn.worker.mailer ? [createSendEmailTool(mailPortOf(turn), email.to)] : [];
}

/** `use` says what the turn is for, which decides over the tools that exist. */
export async function toolsOf(
  turn: Turn,
  use: Pick<ToolTurn, 'kind' | 'workItemId'>,
  own: readonly PlatformTool[],
): Promise<EngineTool[]> {
  const { agent, order, worker, supervisor, redact, modelRedact } = turn;
  return bindTools({
    turn: { ...use, agentId: agent.id, sessionId: order.sessionId, config: agent.config },
    platformTools: [
      ...own,
      createSendMessageTool((draft) => supervisor.call('publish', { draft: redactValue(redact, draft) })),
      ...mailTools(turn),
      createGrepLogsTool((search) => supervisor.call('grep', search)),
    ],
    hostTools: await worker.hostTools(),
    redact: modelRedact,
    limits,
    record: (call) => note(turn, call),
  });
}
