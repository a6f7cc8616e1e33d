/** Notes what was sent to Slack, or could not be: in the session's log, and what an agent said in its memory. */
import type { Outgoing } from '../../conversations/outgoing.ts';
import { startOf } from '../../documents/cut.ts';
import type { Performed } from '../../effects/say-performer.ts';
import type { LogEntry } from '../../ipc/protocol.ts';
import { noteActivity } from '../copies/activity.ts';
import type { Node } from '../node.ts';

const shownChars = 300;

/** What was done, in a few words. */
function wordsOf(what: Outgoing): string {
  switch (what.kind) {
    case 'post':
    case 'ephemeral':
    case 'edit':
      return `${what.kind}: ${startOf(what.text, shownChars)}`;
    case 'upload':
      return `upload: ${what.name}, ${what.title}`;
    case 'delete':
      return 'delete';
    case 'form':
      return `form: ${what.title}`;
    case 'session':
      return `session: ${what.status}`;
    default:
      return `${what.kind}: ${what.name}`;
  }
}

/** A fault that lasts is noted once. */
function entryOf({ row, outcome }: Performed, at: number): LogEntry | undefined {
  // It tells what a turn does, and is no part of what was said.
  if (row.key.startsWith('live')) return undefined;
  const { app, channel, root } = row.place;
  const text = `${['slack', app, channel, root].filter(Boolean).join('/')} ${wordsOf(row.what)}`;
  if (outcome.kind === 'sent') return { at, kind: 'sent', text };
  if (outcome.kind !== 'failed' && row.refusal?.refused === outcome.refusal.refused) return undefined;
  return { at, kind: outcome.kind === 'failed' ? 'unsent' : 'waits', text, result: outcome.refusal };
}

type NotesNode = Pick<Node, 'store' | 'agents' | 'onEntries' | 'log' | 'clock'>;

export function createSentNotes({ store, agents, onEntries, log, clock }: NotesNode) {
  return async (performed: Performed): Promise<void> => {
    const { row, outcome } = performed;
    const entry = entryOf(performed, clock.now());
    if (!entry) return;
    const { agentId, sessionId } = row;
    if (outcome.kind === 'failed') log.warn({ agentId, sessionId }, `${entry.text}: ${outcome.refusal.why}`);
    if (await store.sessions.get(agentId, sessionId)) {
      await store.log.append({ agentId, sessionId }, [entry]);
      onEntries({ agentId, sessionId }, [entry]);
    }
    const state = agents.get(agentId);
    if (row.by === 'agent' && outcome.kind === 'sent' && state && 'agent' in state)
      await noteActivity(store, state.agent, entry.at, entry.text ?? '');
  };
}
