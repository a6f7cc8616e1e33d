import { expect, test } from 'vitest';
import { refuse } from '../../src/refusal.ts';
import { needsOf, overviewOf } from '../../src/status/overview.ts';
import { slackAppNameOf } from '../../src/status/slack-standing.ts';
import { agentWith, minute, now } from './facts.ts';

const fault = refuse(
  'OUTSIDE_AUTH',
  'Slack (acme): auth.test answered invalid_auth',
  'Put a new token into slack/acme.env.',
);
const dead = { name: 'acme', state: 'dead', fault, at: now - minute } as const;
const needs = (facts: Parameters<typeof agentWith>[0]) => needsOf(overviewOf([agentWith(facts)], []), []);

test('a dead app is a need of each agent that uses it, with its reason, fix and time', () => {
  expect(needs({ slackApp: dead })).toMatchObject([
    {
      agentId: 'codechange/acme',
      code: 'OUTSIDE_AUTH',
      why: 'the Slack app acme does not work: Slack (acme): auth.test answered invalid_auth',
      fix: 'Put a new token into slack/acme.env.',
      since: now - minute,
    },
  ]);
});

test('an app that is being connected again needs nobody, and one that is connected says nothing', () => {
  const lost = refuse('OUTSIDE_UNREACHABLE', 'no answer');
  const overview = overviewOf([agentWith({ slackApp: { ...dead, state: 'connecting', fault: lost } })], []);
  expect([overview.needs, overview.waits.map(({ why }) => why)]).toEqual([
    [],
    ['the Slack app acme is not connected at present: no answer'],
  ]);
  const well = [
    { name: 'acme', state: 'connected' } as const,
    { name: 'acme', state: 'connecting' } as const,
    undefined,
  ];
  for (const slackApp of well) expect(needs({ slackApp })).toEqual([]);
});

test('an agent whose app has no tokens says so once a platform runs', () => {
  const slackApp = { name: 'default', state: 'missing' } as const;
  expect(needs({ slackApp })).toMatchObject([
    { code: 'CONFIG_INVALID', fix: expect.stringContaining('SLACK_BOT_TOKEN') },
  ]);
  expect(needs({ slackApp, platform: { isUp: false, now } })).toEqual([]);
});

test('an app is needed by an agent that is to be heard, or that has a status channel', () => {
  const nameOf = (slack: Record<string, unknown> | undefined) => {
    const { agent } = agentWith({}, slack ? { slack } : {});
    return agent && slackAppNameOf(agent);
  };
  expect(nameOf({ channels: ['C1'] })).toBe('default');
  expect(nameOf({ app: 'acme', statusChannel: 'C1' })).toBe('acme');
  expect([nameOf({ app: 'acme' }), nameOf(undefined)]).toEqual([undefined, undefined]);
});
