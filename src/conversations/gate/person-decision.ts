/**
 * The gate of a person's decision in Slack: who pressed, by live facts, and whether they saw what stands there now.
 *
 * press + configuration + live user + current hash -> permit to decide that one thing | refusal. None of them approves anything.
 */
import type { AgentConfig } from '../../agents/config/config.ts';
import type { Clock } from '../../base/clock.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { type ConversationBinding, Permit } from '../../work-items/gate/permit.ts';

export type DecisionPermit = Permit<ConversationBinding>;

/** What a person may do by a button or a word to the bot. */
export type Right = NonNullable<AgentConfig['slack']>['people'][string]['may'][number];

/** The user as Slack tells of them at this moment. */
export interface LiveUser {
  readonly team: string | undefined;
  readonly isBot: boolean;
  readonly isGuest: boolean;
  readonly isDeleted: boolean;
}

export interface DecisionFacts {
  readonly agentId: string;
  readonly sessionId: string;
  /** The user's id in Slack, as Slack gave it with the press. */
  readonly user: string;
  /** Undefined where it is enough to be known to the agent. */
  readonly right: Right | undefined;
  readonly people: NonNullable<AgentConfig['slack']>['people'];
  /** The only ones that the right counts for, by their mail addresses; undefined where it counts for all who have it. */
  readonly only?: readonly string[];
  readonly live: LiveUser;
  /** The workspace of the app. */
  readonly team: string;
  /** The hash of what the person was shown, and of what stands there now. */
  readonly shown: string;
  readonly current: string | undefined;
  /** Why the agent's configuration does not count now. */
  readonly blocked?: Refusal | undefined;
  readonly configDigest: string;
}

const rightWords: Readonly<Record<Right, string>> = {
  start: 'start or continue work items',
  stop: 'stop work items',
  reject: 'ask for changes of a plan or reject it',
  confirm: 'confirm changes of the instance',
};

/** Why somebody is not whom the configuration means; undefined for a person of the app's own workspace. */
function strangerBy({ user, live, team }: DecisionFacts): Refusal | undefined {
  const no = (what: string) =>
    refuse('GATE_ACTOR', `${user} is ${what}`, 'A member of the workspace must decide this themselves.');
  if (live.isBot) return no('a bot and no person');
  if (live.isDeleted) return no('not active in this workspace any more');
  if (live.isGuest) return no('a guest');
  return live.team === team ? undefined : no('of another workspace');
}

/** The person behind the user, as the configuration maps them, or why they may not do this. */
function personMay(facts: DecisionFacts): { person: string } | Refusal {
  const { agentId, user, right, people, only } = facts;
  const stranger = strangerBy(facts);
  if (stranger) return stranger;
  const known = Object.hasOwn(people, user) ? people[user] : undefined;
  const file = `slack.people in ${agentId}/jvAgent.json`;
  if (!known) return refuse('GATE_ACTOR', `${user} is not in slack.people of ${agentId}`, `Add them to ${file}.`);
  const { person, may } = known;
  if (right !== undefined && !may.includes(right)) {
    return refuse(
      'GATE_ACTOR',
      `${person} may not ${rightWords[right]}`,
      `Add "${right}" to what they may do in ${file}.`,
    );
  }
  if (only && !only.some((mail) => mail.toLowerCase() === person.toLowerCase())) {
    const fix = `Add them to instance.confirmers in ${agentId}/jvAgent.json, or ask one of those who are there.`;
    return refuse('GATE_ACTOR', `${person} is not in instance.confirmers of ${agentId}`, fix);
  }
  return { person };
}

/** The permit, and who decides. */
export function permitDecision(
  facts: DecisionFacts,
  { id, clock }: { id: string; clock: Clock },
): { permit: DecisionPermit; person: string } | Refusal {
  const may = personMay(facts);
  if (!('person' in may)) return may;
  const { agentId, sessionId, shown, current, blocked, configDigest } = facts;
  if (blocked) return blocked;
  if (current !== shown) {
    const fix = 'Look at what stands there now, and decide about that.';
    return refuse('GATE_REV', 'this is not what was shown with the button', fix);
  }
  const binding = { kind: 'person-decision', agentId, sessionId, hash: shown, configDigest } as const;
  return { permit: Permit.mint(id, binding, clock), person: may.person };
}
