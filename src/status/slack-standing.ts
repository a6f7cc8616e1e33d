/** Why an agent hears and says nothing in Slack: the state of its app. */
import type { Agent } from '../agents/agent.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { SlackAppFacts } from './facts.ts';

/** The app that the agent uses, if it is to be heard anywhere in Slack. */
export function slackAppNameOf({ config }: Agent): string | undefined {
  const { slack } = config;
  if (!slack) return undefined;
  const isUsed = slack.channels.length > 0 || slack.statusChannel !== undefined || Object.keys(slack.people).length > 0;
  return isUsed ? (slack.app ?? 'default') : undefined;
}

export interface SlackStanding {
  readonly refusal: Refusal;
  /** Milliseconds since 1970. */
  readonly since: number | null;
  readonly needsPerson: boolean;
}

/** Undefined where all is well, or where no platform runs that could have connected the app. */
export function slackStanding(id: string, app: SlackAppFacts | undefined, isUp: boolean): SlackStanding | undefined {
  if (!app || app.state === 'connected') return undefined;
  const about = `the Slack app ${app.name}`;
  if (app.state === 'missing') {
    if (!isUp) return undefined;
    const file = app.name === 'default' ? '.env' : `slack/${app.name}.env`;
    const why = `${id} is to be heard in Slack by ${about}, which has no tokens`;
    const fix = `Set SLACK_BOT_TOKEN and SLACK_APP_TOKEN in ${file} (mode 600), or remove \`slack\` from ${id}/jvAgent.json.`;
    return { refusal: refuse('CONFIG_INVALID', why, fix), since: null, needsPerson: true };
  }
  const { fault, state, at = null } = app;
  // The first connecting takes a moment.
  if (!fault) return undefined;
  const words = state === 'dead' ? 'does not work' : 'is not connected at present';
  return {
    refusal: { ...fault, why: `${about} ${words}: ${fault.why}` },
    since: at,
    needsPerson: state === 'dead',
  };
}
