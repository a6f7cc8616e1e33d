import { expect, test } from 'vitest';
import { agentOf, formatAddress, parseAddress } from '../../src/broker/address.ts';
import { isRefusal } from '../../src/refusal.ts';

test('an address reads back as it was written', () => {
  for (const text of ['agent/codechange/acme', 'agent/docs/session/main', 'agent/a/b/session/wi-7', 'slack/T01/C02']) {
    const address = parseAddress(text);
    expect(isRefusal(address) ? address : formatAddress(address)).toBe(text);
  }
});

test.each([
  ['agent/../globex', 'AGENT_ID'],
  ['agent/codechange/acme/session/x/session/main', 'AGENT_ID'],
  ['agent/acme\n', 'AGENT_ID'],
  ['agent/acme/session/wi-x', 'SESSION_ID'],
  ['agent/acme/session/', 'SESSION_ID'],
  ['agent/acme/session/main\n', 'SESSION_ID'],
  ['slack/T1/C1/x', 'ADDRESS_DENIED'],
  ['slack/T1', 'ADDRESS_DENIED'],
  ['mailto:x', 'ADDRESS_DENIED'],
  ['', 'ADDRESS_DENIED'],
])('%j is refused with %s', (text, refused) => {
  expect(parseAddress(text)).toMatchObject({ refused });
});

test('only an address of an agent belongs to an agent', () => {
  expect(agentOf('agent/a/session/main')).toBe('a');
  expect(agentOf('slack/T/C')).toBeUndefined();
  expect(agentOf('person/agent')).toBeUndefined();
});
