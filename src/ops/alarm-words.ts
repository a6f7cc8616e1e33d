/** How an alarm reads in the ops channel: what and whose, the fix, since when and until when, and where to look. */
import { startOf } from '../documents/cut.ts';
import { sanitizeLine } from '../documents/lines.ts';
import type { Alarm } from '../status/alarm.ts';
import { timeText } from '../work-items/time-text.ts';
import type { AlarmWords } from './alarm-step.ts';

const charsMax = 1_000;

export interface AlarmWordsOptions {
  /** Hosts to which links may lead, of an agent's systems. */
  readonly hostsOf: (agentId: string) => readonly string[];
  /** Where the dashboard is, if that is known. */
  readonly dashboard?: string | undefined;
}

const closed = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

function nameOf({ agentId, workItemId }: Alarm): string {
  const item = workItemId === undefined ? '' : `, work item ${workItemId}`;
  return agentId === '' ? 'The platform' : `${agentId}${item}`;
}

/** Nobody is mentioned, and nothing in it is a command: much of it was said by others. */
export function createAlarmWords({ hostsOf, dashboard }: AlarmWordsOptions): AlarmWords {
  function what(alarm: Alarm): string {
    const said = [nameOf(alarm), alarm.code, alarm.why].filter(Boolean).join(': ');
    return closed(startOf(sanitizeLine(said, { hosts: [...hostsOf(alarm.agentId)] }), charsMax));
  }

  function where({ agentId, workItemId }: Alarm): string[] {
    if (dashboard === undefined) return [];
    return [workItemId === undefined ? `${dashboard}/` : `${dashboard}/items/${agentId}/${workItemId}`];
  }

  return {
    begins(alarm) {
      const { fix, since, nextLookAt, agentId } = alarm;
      const times = [
        since === null ? '' : `Since ${timeText(since)}.`,
        nextLookAt === null ? '' : `Next look: ${timeText(nextLookAt)}.`,
      ];
      const say = startOf(sanitizeLine(fix, { hosts: [...hostsOf(agentId)] }), charsMax);
      return [what(alarm), say, times.filter(Boolean).join(' '), ...where(alarm)].filter(Boolean).join('\n');
    },
    over: (alarm) => `Over: ${what(alarm)}`,
    more: (count) => `${count} more; see \`jvagent status\`.`,
  };
}
