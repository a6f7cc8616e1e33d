/** The last look at what leaves for people, at the tile, at the code host and in our own records: no text with a secret in it. */
import { type Redact, redactValue } from '../base/redact.ts';
import type { Engine, EngineEvent } from '../engine/engine.ts';
import type { CodeHost } from '../work-items/code-host.ts';
import type { TrackerWrites } from '../work-items/tracker.ts';

/** The tracker, with every text that is written to it redacted. */
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

/** The code host, with title and text of each pull request redacted. */
export function hidingCodeHost(codeHost: CodeHost, redact: Redact): CodeHost {
  return {
    ...codeHost,
    open: (permit, draft) => codeHost.open(permit, { ...draft, title: redact(draft.title), body: redact(draft.body) }),
  };
}

/** The engine, whose last words and reasons are told to people where a turn has no product. */
export function hidingEngine(engine: Engine, redact: Redact): Engine {
  return {
    async *run(turn) {
      for await (const event of engine.run(turn)) {
        yield event.kind === 'ended' ? { ...event, ...redactValue(redact, wordsOf(event)) } : event;
      }
    },
  };
}

/** A fault is stored, logged and shown in `status`, and it quotes the provider and what was asked. */
const wordsOf = ({ text, why, fault }: Extract<EngineEvent, { kind: 'ended' }>) => ({ text, why, fault });
