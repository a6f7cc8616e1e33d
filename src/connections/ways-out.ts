/** Redacts every text that leaves for people: on the tile, at the code host and in our own records. */
import { type Redact, redactValue } from '../base/redact.ts';
import type { Engine, EngineEvent } from '../engine/engine.ts';
import type { CodeHost } from '../work-items/code-host.ts';
import type { TrackerWrites } from '../work-items/tracker.ts';

/** A tracker that redacts every text before it is written. */
export function hidingTracker<T extends TrackerWrites>(tracker: T, redact: Redact): T {
  const hiding: TrackerWrites = {
    move: (permit, workItemId, { fields, ...move }) =>
      tracker.move(permit, workItemId, { ...move, fields: fields && redactValue(redact, fields) }),
    addComment: (permit, workItemId, text) => tracker.addComment(permit, workItemId, redact(text)),
    editComment: (permit, workItemId, commentId, text) =>
      tracker.editComment(permit, workItemId, commentId, redact(text)),
    createChild: (permit, draft) =>
      tracker.createChild(permit, { ...draft, fields: redactValue(redact, draft.fields) }),
    link: (permit, workItemId, rev, url, comment) => tracker.link(permit, workItemId, rev, url, redact(comment)),
  };
  return { ...tracker, ...hiding };
}

/** A code host that redacts what it writes on a pull request. */
export function hidingCodeHost(codeHost: CodeHost, redact: Redact): CodeHost {
  return {
    ...codeHost,
    open: (permit, draft) => codeHost.open(permit, { ...draft, title: redact(draft.title), body: redact(draft.body) }),
    addLabel: (permit, number, label) => codeHost.addLabel(permit, number, redact(label)),
    addReviewer: (permit, number, reviewer) => codeHost.addReviewer(permit, number, redact(reviewer)),
  };
}

/** An engine that redacts its last text and its reasons: people see them if a turn has no result. */
export function hidingEngine(engine: Engine, redact: Redact): Engine {
  async function* hiding(events: AsyncIterable<EngineEvent>) {
    for await (const event of events) {
      yield event.kind === 'ended' ? { ...event, ...redactValue(redact, wordsOf(event)) } : event;
    }
  }
  return {
    start(start) {
      const { talk, end } = engine.start(start);
      return { talk: (words) => hiding(talk(words)), end };
    },
    run: (run) => hiding(engine.run(run)),
  };
}

/** The texts to redact. A fault is stored, logged and shown in `status`, and it quotes the provider and the request. */
const wordsOf = ({ text, why, fault }: Extract<EngineEvent, { kind: 'ended' }>) => ({ text, why, fault });
