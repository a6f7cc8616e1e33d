import { expect, test } from 'vitest';
import { type AgentId, ancestryOf, isWithin, parentOf, parseAgentId } from '../../src/agents/agent-id.ts';

const id = (text: string) => parseAgentId(text) as AgentId;

test('one to four lower-case segments are an agent id', () => {
  for (const text of ['docs', 'codechange/acme', 'a/b/c/d', '0-9']) expect(parseAgentId(text)).toBe(text);
});

test('what could leave the workspace, hide or clash is refused', () => {
  const hostile = ['../globex', 'codechange/../globex', '/etc', 'a//b', 'a\\\\b', 'codechange/acme\0', '.', '', 'CON'];
  const more = ['%2e%2e/x', 'codechange/Acme', 'acme\n', '-a', 'a/', 'a/b/c/d/e', 'a_b', 'é'];
  for (const text of [...hostile, ...more]) expect(parseAgentId(text), text).toMatchObject({ refused: 'AGENT_ID' });
});

test('a reserved segment is refused and named', () => {
  expect(parseAgentId('codechange/acme/tools')).toMatchObject({
    refused: 'AGENT_ID',
    why: expect.stringContaining('tools'),
  });
  for (const name of ['memory', 'session', 'sessions', 'prompts', 'templates', 'slack']) {
    expect(parseAgentId(name)).toMatchObject({ refused: 'AGENT_ID' });
  }
});

test('the ancestry is outermost first with the agent last', () => {
  expect(ancestryOf(id('a/b/c'))).toEqual(['a', 'a/b', 'a/b/c']);
  expect(parentOf(id('a/b/c'))).toBe('a/b');
  expect(parentOf(id('a'))).toBeUndefined();
});

test('a branch holds itself and what is below it, not what only begins alike', () => {
  expect(isWithin(id('a/b'), id('a'))).toBe(true);
  expect(isWithin(id('a'), id('a'))).toBe(true);
  expect(isWithin(id('ab'), id('a'))).toBe(false);
  expect(isWithin(id('a'), id('a/b'))).toBe(false);
});
