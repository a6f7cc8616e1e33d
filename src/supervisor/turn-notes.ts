/** Writes the events of a turn to the session's log and the agent's memory, for people and later turns. */
import { memoryFolderOf } from '../agents/memory-folder.ts';
import type { Answer } from '../broker/question.ts';
import type { EffectOutcome } from '../effects/ledger.ts';
import type { LogEntry } from '../ipc/protocol.ts';
import type { Refusal } from '../refusal.ts';
import type { LifecycleEvent } from '../work-items/lifecycle/events.ts';
import type { Person } from '../work-items/tracker.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import { noteActivity } from './copies/activity.ts';
import type { Node } from './node.ts';
import type { RunningTurn } from './running-turn.ts';

/** A refusal as a log line. */
export const textOf = ({ refused, why, fix }: Refusal) => `${refused}: ${why}. ${fix}`;

const personText = ({ name, mail }: Person) => (mail === '' ? name : `${name} (${mail})`);

/** A person's decision, or its refusal; undefined for all other events. */
function decisionIn(event: LifecycleEvent): Omit<LogEntry, 'at'> | undefined {
  switch (event.kind) {
    case 'approved':
      return { kind: 'decision', text: `${personText(event.approval.by)} approved the plan` };
    case 'rejected':
      return { kind: 'decision', text: event.by ? `${event.by} turned the plan down` : 'the plan was turned down' };
    case 'cancelled-by':
      return { kind: 'decision', text: `${event.by} cancelled the work item` };
    case 'retried-by':
      return { kind: 'decision', text: `${event.by} let the work item go on` };
    case 'rolled-back-by':
      return { kind: 'decision', text: `${event.by} asked to roll the deployment back` };
    case 'gate-refused': {
      const by = event.by ? ` by ${personText(event.by)}` : '';
      return { kind: 'refused', text: `the approval${by}`, result: event.refusal };
    }
    case 'gave-up':
      return { kind: 'refused', text: 'to go on with the work item', result: event.refusal };
    default:
      return undefined;
  }
}

export function createTurnNotes({ store, onEntries, clock }: Pick<Node, 'store' | 'onEntries' | 'clock'>) {
  async function write(turn: RunningTurn, entries: LogEntry[]): Promise<void> {
    await store.log.append(turn, entries);
    onEntries(turn, entries);
  }

  return {
    write,
    /** Logs people's decisions and their refusals. */
    async decision(turn: RunningTurn, event: LifecycleEvent): Promise<void> {
      const said = decisionIn(event);
      if (said) await write(turn, [{ at: clock.now(), ...said }]);
    },
    /** Logs a new phase; a merge accepts the notes. */
    async phase(turn: RunningTurn, { phase }: WorkItem): Promise<void> {
      if (phase === turn.phase) return;
      turn.phase = phase;
      await write(turn, [{ at: clock.now(), kind: 'phase', text: phase }]);
      if (phase === 'deploying') await store.memory.settle(turn.agentId, memoryFolderOf(turn.agent.folder));
    },
    /** Logs the answer to a question. */
    async answer(turn: RunningTurn, { command, payload }: Answer): Promise<void> {
      const said = 'text' in payload ? payload.text : 'reason' in payload ? payload.reason : textOf(payload);
      await write(turn, [{ at: clock.now(), kind: command, text: said }]);
    },
    /** Logs that the host begins to run the tests, which can take minutes; nothing if the agent has no test command. */
    async testsBegin(turn: RunningTurn, key: string): Promise<void> {
      const command = turn.agent.config.git?.testCommand;
      if (!command) return;
      const text = `${key.slice(turn.agentId.length + 1)}: begins: ${command}`;
      await write(turn, [{ at: clock.now(), kind: 'effect', text }]);
    },
    /** Writes an effect to the log and to the agent's memory; nothing of tests if there was no command to run. */
    async effect(turn: RunningTurn, key: string, outcome: EffectOutcome): Promise<void> {
      const { kind } = outcome;
      if (kind === 'done' && outcome.result.tests && !outcome.result.tests.command) return;
      const what = key.slice(turn.agentId.length + 1);
      const came = kind === 'done' ? 'done' : `${kind}: ${outcome.refusal.refused}, ${outcome.refusal.why}`;
      await write(turn, [{ at: clock.now(), kind: 'effect', text: `${what}: ${came}` }]);
      if (kind !== 'later') await noteActivity(store, turn.agent, clock.now(), `${what}: ${came}`);
    },
  };
}

export type TurnNotes = ReturnType<typeof createTurnNotes>;
