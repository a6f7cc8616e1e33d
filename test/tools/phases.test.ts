/** The table of security.md, C3, as its rows. */
import { expect, it } from 'vitest';
import { agentKindOf, availabilityOf, shippedToolNames } from '../../src/tools/phases.ts';
import { configOf, devops } from './turn.ts';

const git = { customerBranch: 'customer/acme', branchPrefix: 'feature/acme-' };
const instance = { url: 'https://api.example.com', name: 'Acme' };

it('the blocks decide the kind of agent', () => {
  expect(agentKindOf(configOf({ devops: devops(), instance }))).toBe('codechange');
  expect(agentKindOf(configOf({ git }))).toBe('codechange');
  expect(agentKindOf(configOf({ instance }))).toBe('impl');
  expect(agentKindOf(configOf())).toBe('docs');
});

it('planning reads, and hands in a plan or a question', () => {
  expect(availabilityOf('azdo', 'planning', 'codechange')).toEqual(['get', 'list-comments', 'add-comment']);
  expect(availabilityOf('git-ops', 'planning', 'codechange')).toEqual(['status', 'diff', 'log']);
  expect(availabilityOf('instance-api', 'planning', 'codechange')).toEqual(['GET']);
  expect(availabilityOf('instance-deploy', 'planning', 'codechange')).toBeUndefined();
  expect(availabilityOf('submit-plan', 'planning', 'codechange')).toBe('all');
});

it('executing works on the branch, and submits a new plan if it needs one', () => {
  expect(availabilityOf('git-ops', 'executing', 'codechange')).toContain('push');
  expect(availabilityOf('azdo', 'executing', 'codechange')).toContain('update');
  expect(availabilityOf('submit-plan', 'executing', 'codechange')).toBe('all');
});

it('talk changes no work item and no branch', () => {
  expect(availabilityOf('azdo', 'conversation', 'codechange')).toEqual(['query', 'get', 'list-comments']);
  expect(availabilityOf('git-ops', 'conversation', 'codechange')).toBeUndefined();
});

it('a conversation answers by two tools, which no turn for a work item has', () => {
  for (const tool of ['reply', 'no-reply']) {
    for (const agent of ['docs', 'impl', 'codechange'] as const) {
      expect(availabilityOf(tool, 'conversation', agent)).toBe('all');
    }
    for (const kind of ['planning', 'executing'] as const) {
      expect(availabilityOf(tool, kind, 'codechange')).toBeUndefined();
    }
  }
  for (const tool of ['submit-plan', 'git-ops', 'azdo', 'instance-api', 'instance-deploy']) {
    expect(availabilityOf(tool, 'conversation', 'docs')).toBeUndefined();
  }
});

it('only an implementation agent may ask for a write to the instance', () => {
  expect(availabilityOf('instance-api', 'conversation', 'impl')).toContain('POST');
  expect(availabilityOf('azdo', 'executing', 'impl')).toBeUndefined();
  expect(availabilityOf('instance-api', 'conversation', 'docs')).toBeUndefined();
});

it('what is not in the table does not exist', () => {
  for (const name of ['toString', '__proto__', 'constructor', 'shell']) {
    expect(availabilityOf(name, 'executing', 'codechange')).toBeUndefined();
    expect(shippedToolNames).not.toContain(name);
  }
});
