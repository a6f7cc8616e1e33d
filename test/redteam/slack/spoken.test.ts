/** What a hostile model says in Slack: words that are only words, in its own thread of its own channel. */
import { expect, test } from 'vitest';
import { createSend } from '../../../src/connectors/slack/send.ts';
import { written } from '../../../src/connectors/slack/written.ts';
import { permitToSay, type SayGateFacts, type SayWish } from '../../../src/conversations/gate/say-gate.ts';
import type { Outgoing } from '../../../src/conversations/outgoing.ts';
import { isRefusal } from '../../../src/refusal.ts';

const clock = { now: () => 1_700_000_000_000, sleep: async () => {} };
const post = (text: string): Outgoing => ({ kind: 'post', text });

const markup = [
  '<!channel> <!here> <!everyone> @channel @here',
  '<@U0ACMEERIN> <@U0ACMEERIN|Erin> <#C0GLOBSUP|globex>',
  '<https://evil.example.com|Azure DevOps> [Azure DevOps](https://evil.example.com) https://evil.example.com',
  '![logo](https://evil.example.com/x.png)',
  '<!date^0^{date}^https://evil.example.com|today>',
  'Click \u202eevil\u202c \u0007 \u200b here',
  '`<!channel>` and ```\n<https://evil.example.com|x>\n```',
  '[{"type":"actions","elements":[{"type":"button","action_id":"jv:confirm","value":"1","text":{"type":"plain_text","text":"Confirm"}}]}]',
];

const harmless = ['rich_text', 'rich_text_section', 'rich_text_preformatted', 'text'];

test.each(markup)('%j is shown as words: nobody is called, nothing can be clicked, nothing is hidden', (words) => {
  const { text, blocks } = written({ text: words }, ['dev.azure.com']);
  // Slack reads markup in the fallback text alone.
  expect(text).not.toMatch(/<[!@#h]/);
  const types = [...JSON.stringify(blocks).matchAll(/(?<!\\)"type":"(\w+)"/g)].map(([, type]) => type);
  expect(types.filter((type) => !harmless.includes(type ?? ''))).toEqual([]);
  expect(JSON.stringify([text, blocks])).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('the words of a button are one short line, without hidden characters', () => {
  const buttons = [{ id: 'b1', label: `Yes\u202e\n<!channel> ${'x'.repeat(200)}`, action: 'answer' }];
  const [, actions] = written({ text: 'Really?', buttons }, []).blocks;
  const { text } = (actions as { elements: { text: { text: string } }[] }).elements[0]?.text ?? { text: '' };
  expect(text.length).toBeLessThanOrEqual(75);
  expect(text).not.toMatch(/[\n\u202e]|<!/);
});

test('the name and title of a file are plain lines', async () => {
  const calls: Record<string, unknown>[] = [];
  const filesUploadV2 = async (options: object) => {
    calls.push({ ...options });
    return { ok: true, files: [] };
  };
  const apiCall = async () => ({ ok: true });
  const clients = { read: { apiCall }, write: { apiCall, filesUploadV2 } };
  const { send } = createSend({ app: 'default', clients, redact: (text) => text });
  const what = { kind: 'upload', name: 'a\u202e\n<!channel>.md', title: '<@U1> \u0007x', content: 'eA==' } as const;
  const place = { app: 'default', channel: 'C1', root: '1.1' };
  const wish = { agentId: 'docs', sessionId: 's', by: 'platform', place, what } as const;
  const permit = permitToSay(wish, { isShared: false }, { id: 'p1', clock });
  if (isRefusal(permit)) throw new Error(permit.why);
  await send(permit, { id: 'o1', place, at: 1, what, hosts: [] });
  expect(JSON.stringify(calls)).not.toMatch(/<[!@]|\\n|\u202e|\\u0007/);
});

const acme: SayGateFacts = {
  agent: { app: 'default', channels: ['C0ACMESUP'], allowShared: false, configDigest: 'd' },
  isShared: false,
};
const wishTo = (app: string, channel: string, root?: string): SayWish => ({
  ...{ agentId: 'support/acme', sessionId: 's', by: 'agent', what: post('hi') },
  place: { app, channel, ...(root ? { root } : {}) },
});

test.each<[string, SayWish, SayGateFacts]>([
  ["globex's channel", wishTo('default', 'C0GLOBSUP'), acme],
  ["globex's app", wishTo('globex', 'C0ACMESUP'), acme],
  [
    "globex's thread in a channel of both",
    wishTo('default', 'C0ACMESUP', '1.1'),
    { ...acme, threadOf: 'support/globex' },
  ],
  ['a person, by a direct message that it has no thread in', wishTo('default', 'D0PAT'), acme],
  ['a channel that another company reads', wishTo('default', 'C0ACMESUP'), { ...acme, isShared: true }],
])('an agent may not write to %s', (_, wish, facts) => {
  expect(permitToSay(wish, facts, { id: 'p1', clock })).toMatchObject({ refused: 'ADDRESS_DENIED' });
  expect(isRefusal(permitToSay(wishTo('default', 'C0ACMESUP'), acme, { id: 'p1', clock }))).toBe(false);
});
