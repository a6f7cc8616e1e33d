/**
 * Takes a press of a button, or a filled form, to what it means: one function for each action.
 *
 * press -> the button as we stored it -> the place is the button's, it is unused and in time -> its action -> stored at once
 */
import { randomUUID } from 'node:crypto';
import { chooseAction, type HeardMessage, type Outcome, outcomeOf } from '../../conversations/inbox-outcome.ts';
import { deliver } from '../../conversations/route.ts';
import type { Received } from '../../store/conversations/inbox.ts';
import type { PressedButton } from '../../store/conversations/pressed-buttons.ts';
import { candidatesAt } from './candidates.ts';
import { giveTo, type HearNode, type HearParts, type ReceivedMessage } from './hear.ts';
import type { ConnectedApp } from './slack-node.ts';

export type ReceivedPress = Extract<Received, { kind: 'click' }>;

/** A press that is ours, at the place of its button. */
export interface Press {
  readonly entry: ReceivedPress;
  readonly button: PressedButton;
  readonly app: ConnectedApp;
}

/** What follows of a press; undefined if it has to be looked at again. */
export type TakePress = (press: Press) => Promise<{ outcome: Outcome; heard?: HeardMessage } | undefined>;

/** What each action means, by its name. */
export type Presses = Readonly<Record<string, TakePress>>;

const ended = (reason: string): Outcome => ({ decision: 'pressed', reason, messages: [], wishes: [], logs: [] });

/** The message shows who pressed what, and no buttons any more. */
export function settled({ entry, button }: Press, words: string): Pick<Outcome, 'uses' | 'wishes'> {
  const { app, channel, agentId, sessionId, outboxId: of, text } = button;
  const place = { app, channel, ...(button.root === null ? {} : { root: button.root }) };
  const what = { kind: 'edit', of, text: `${text}\n\n${words}` } as const;
  const wish = { key: `settled:${of}`, agentId, sessionId, place, by: 'platform', what } as const;
  return { uses: { buttonId: button.id, by: entry.user }, wishes: [wish] };
}

/** The agent, if it is heard where the button stands: a channel may have been closed to it, or opened to another company, since. */
async function heardAt(node: HearNode, parts: HearParts, { entry, button, app }: Press, agentId: unknown) {
  const { app: name, channel } = button;
  const isDirect = channel.startsWith('D');
  const at = { app: name, channel, user: entry.user, userTeam: entry.body.userTeam, isDirect };
  const candidate = (await candidatesAt(node, at, undefined)).find((one) => one.agentId === agentId);
  if (!candidate || candidate.allowsShared || isDirect) return candidate;
  return (await parts.lookups.isShared(name, channel, app.reads)) ? undefined : candidate;
}

const unheard = { outcome: ended('the agent is not heard here any more') };

/** Which agent is meant: every message that waited in the thread goes to it, unless the thread became another agent's meanwhile. */
function choose(node: HearNode, parts: HearParts): TakePress {
  return async (press) => {
    const { entry, button, app } = press;
    const root = button.root ?? button.ts ?? '';
    const candidate = await heardAt(node, parts, press, button.body.agentId);
    if (!candidate) return unheard;
    const thread = { app: button.app, channel: button.channel, root };
    const name = (await parts.lookups.userName(button.app, entry.user, app.reads)) ?? entry.user;
    const chosen = `${name} chose ${candidate.agentId}`;
    const bound = await node.store.threads.get(thread);
    if (bound && bound.agentId !== candidate.agentId) {
      const words = `${chosen}, but this thread is with ${bound.agentId} already.`;
      return { outcome: { ...ended(`the thread belongs to ${bound.agentId}`), ...settled(press, words) } };
    }
    const waiting = await node.store.inbox.choosing(thread);
    for (const one of waiting as ReceivedMessage[]) {
      if (!(await giveTo(node, one, candidate, app, parts))) return undefined;
    }
    return { outcome: { ...ended('an agent was chosen'), ...settled(press, `${chosen}.`) } };
  };
}

/** An answer to an agent's question, as if it had been written. */
function answer(node: HearNode, parts: HearParts): TakePress {
  return async (press) => {
    const { entry, button, app } = press;
    const self = app.self();
    const root = button.root ?? button.ts;
    const { text } = button.body;
    if (!self || root === null || typeof text !== 'string')
      return { outcome: ended('the question is not in a thread') };
    const candidate = await heardAt(node, parts, press, button.agentId);
    if (!candidate) return unheard;
    const ts = `${Math.floor(entry.at / 1_000)}.${String(entry.seq % 1_000_000).padStart(6, '0')}`;
    const { channel, user, at } = { ...entry, channel: button.channel };
    const userName = await parts.lookups.userName(button.app, user, app.reads);
    const body = {
      team: self.team,
      text,
      files: [],
      mentions: [],
      isDirect: channel.startsWith('D'),
      isShared: false,
      eventId: entry.eventKey,
    };
    const heard: HeardMessage = { app: button.app, channel, root, ts, user, userName, body, at };
    const { agentId, sessionId } = button;
    const decision = deliver(candidate, sessionId, 'pressed an answer');
    const facts = { bound: { agentId, sessionId }, candidates: [], newId: randomUUID };
    const given = { ...outcomeOf(heard, decision, facts), decision: 'pressed' };
    // It can be pressed again once the agent works.
    if (decision.kind === 'tell') return { outcome: given };
    const shown = settled(press, `${userName ?? user}: ${text}`);
    // No message stands there that could have a mark.
    const lines = given.wishes.filter(({ what }) => what.kind !== 'react');
    const outcome = { ...given, ...shown, wishes: [...shown.wishes, ...lines] };
    return { outcome, heard };
  };
}

/** The actions that belong to conversations; others are added by who puts their buttons up. */
export function conversationPresses(node: HearNode, parts: HearParts): Presses {
  return { [chooseAction]: choose(node, parts), answer: answer(node, parts) };
}

/** The value of a button says nothing by itself: everything stands in our own row, and the place must be that of its message. */
async function buttonOf(
  { store, clock }: HearNode,
  { app, channel, body, user, eventKey }: ReceivedPress,
): Promise<PressedButton | Outcome> {
  const button = await store.pressedButtons.get(body.value);
  /** Whoever presses too late is told. */
  const late = (at: PressedButton, reason: string): Outcome => {
    const place = { app: at.app, channel: at.channel, ...(at.root === null ? {} : { root: at.root }) };
    const what = { kind: 'ephemeral', user, text: `Nothing was done: ${reason}.` } as const;
    const wish = { key: `told:${eventKey}`, agentId: '', sessionId: '', place, by: 'platform', what } as const;
    return { ...ended(reason), wishes: [wish] };
  };
  if (!button || button.action !== body.action || button.app !== app) return ended('no button of ours');
  // A press can come before we know that our message has arrived, and a form names no message.
  const isElsewhere = button.channel !== channel || (button.ts !== null && button.ts !== body.messageTs);
  if (body.messageTs !== undefined && isElsewhere) return ended('not at the place of the button');
  if (button.isUsed) return late(button, 'it was decided before');
  return button.expiresAt > clock.now() ? button : late(button, 'the button is too old');
}

/** False if it has to wait. */
export async function press(
  node: HearNode,
  entry: ReceivedPress,
  app: ConnectedApp,
  presses: Presses,
): Promise<boolean> {
  const { decisions } = node.store;
  const button = await buttonOf(node, entry);
  if ('decision' in button) return decisions.decide({ seq: entry.seq }, button);
  const take = presses[button.action];
  const taken = take ? await take({ entry, button, app }) : { outcome: ended(`nobody takes ${button.action}`) };
  return taken !== undefined && decisions.decide({ seq: entry.seq }, taken.outcome, taken.heard);
}
