/** The other tools of the platform: what they pass on, and what they refuse before anything is passed on. */
import { describe, expect, it } from 'vitest';
import { bindTools } from '../../../src/tools/binder.ts';
import { createAskTool } from '../../../src/tools/shipped/ask.ts';
import { createGitOpsTool, type GitTurn } from '../../../src/tools/shipped/git-ops.ts';
import { createGrepLogsTool } from '../../../src/tools/shipped/grep-logs.ts';
import { createInstanceApiTool } from '../../../src/tools/shipped/instance-api.ts';
import { createInstanceDeployTool } from '../../../src/tools/shipped/instance-deploy.ts';
import { createSendMessageTool } from '../../../src/tools/shipped/send-message.ts';
import { createSubmitPlanTool } from '../../../src/tools/shipped/submit-plan.ts';
import type { PlatformTool, ToolTurn } from '../../../src/tools/tool.ts';
import { bounds } from '../../work-items/fixture.ts';
import { answerIn, configOf, devops, talkOf, turnOf } from '../turn.ts';

function bound(tool: PlatformTool, turn: ToolTurn = turnOf()) {
  const [only] = bindTools({
    turn,
    platformTools: [tool],
    hostTools: [],
    redact: (text) => text,
    limits: { toolCallsInTurnMax: 100, toolAnswerBytesMax: 100_000 },
    record: () => {},
  });
  if (!only) throw new Error('the tool does not exist in this turn');
  return { ...only, call: async (input: unknown) => answerIn(await only.call(input)) };
}

/** A port that keeps what it is told, without the turn. */
function port() {
  const told: unknown[] = [];
  const tell = async (first: unknown): Promise<undefined> => {
    told.push(first);
  };
  return { told, tell };
}

describe('git-ops', () => {
  function gitTurn() {
    const asked: unknown[][] = [];
    const names = ['status', 'diff', 'log', 'branchCreate', 'restore', 'add', 'commit', 'push', 'openPullRequest'];
    const entries = names.map((name) => [name, async (...given: unknown[]) => void asked.push([name, ...given])]);
    return { asked, git: Object.fromEntries(entries) as GitTurn };
  }

  it('passes each action on as it is meant', async () => {
    const { asked, git } = gitTurn();
    const { call } = bound(createGitOpsTool(git));
    await call({ action: 'status' });
    await call({ action: 'diff', files: ['a.js'] });
    await call({ action: 'log' });
    await call({ action: 'branch-create', branch: 'feature/acme-12' });
    await call({ action: 'checkout', files: ['a.js'] });
    await call({ action: 'add', files: ['b.js'] });
    await call({ action: 'commit', message: 'fix: x (#12)' });
    await call({ action: 'push' });
    await call({ action: 'pr-create', baseBranch: 'customer/acme', prTitle: 'T' });
    expect(asked).toEqual([
      ['status'],
      ['diff', ['a.js']],
      ['log', 20],
      ['branchCreate', 'feature/acme-12'],
      ['restore', ['a.js']],
      ['add', ['b.js']],
      ['commit', 'fix: x (#12)'],
      ['push', undefined],
      ['openPullRequest', { base: 'customer/acme', title: 'T' }],
    ]);
  });

  it('says what is missing', async () => {
    const { call } = bound(createGitOpsTool(gitTurn().git));
    await expect(call({ action: 'commit' })).rejects.toThrow('git-ops: message: is missing');
    await expect(call({ action: 'checkout', branch: 'main' })).rejects.toThrow('files: is missing');
    await expect(call({ action: 'add', files: [] })).rejects.toThrow('files');
  });

  it('writes nothing while a plan is made', async () => {
    const { asked, git } = gitTurn();
    const { call } = bound(createGitOpsTool(git), turnOf({ kind: 'planning' }));
    for (const action of ['branch-create', 'push', 'pr-create']) {
      expect(await call({ action })).toMatchObject({ refused: 'TOOL_UNAVAILABLE' });
    }
    expect(asked).toEqual([]);
  });
});

describe('instance-api', () => {
  const impl = talkOf(configOf({ instance: { url: 'https://api.example.com', name: 'Acme' } }));
  const outside = [
    '//evil/x',
    'https://evil/',
    '/..%2f..',
    '/a/../b',
    '\\\\evil',
    '/a\\b',
    'a',
    '',
    '/%252e%252e/x',
    '/a#b',
  ];

  it.each(outside)('refuses %j, which leads elsewhere', async (path) => {
    const { told, tell } = port();
    const { call } = bound(createInstanceApiTool(tell));
    expect(await call({ method: 'GET', path })).toMatchObject({ refused: 'TOOL_PATH' });
    expect(told).toEqual([]);
  });

  it('of an agent that changes code only reads', async () => {
    const { told, tell } = port();
    const { call, inputSchema } = bound(createInstanceApiTool(tell));
    expect(inputSchema).toMatchObject({ properties: { method: { enum: ['GET'] } } });
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect(await call({ method, path: '/a' })).toMatchObject({ refused: 'TOOL_UNAVAILABLE' });
    }
    await call({ method: 'GET', path: '/a', query: { page: 2 } });
    expect(told).toEqual([{ method: 'GET', path: '/a', query: { page: 2 } }]);
  });

  it('of an implementation agent passes writes on, for the port to permit', async () => {
    const { told, tell } = port();
    await bound(createInstanceApiTool(tell), impl).call({ method: 'PUT', path: '/settings', body: { a: [1] } });
    expect(told).toEqual([{ method: 'PUT', path: '/settings', body: { a: [1] } }]);
  });
});

describe('instance-deploy', () => {
  const instance = { version: async () => ({ commit: 'abc', name: 'Acme' }), healthy: async () => true };

  it('tells what runs', async () => {
    const { call } = bound(createInstanceDeployTool(instance));
    expect(await call({ action: 'verify' })).toEqual({ commit: 'abc', name: 'Acme', healthy: true });
  });

  it.each(['push-config', 'push-code', 'rollback'])('leaves %s to the platform, and says so', async (action) => {
    const { call } = bound(createInstanceDeployTool(instance));
    const fix = expect.stringContaining('once the pull request is merged');
    expect(await call({ action, payload: {} })).toMatchObject({ refused: 'TOOL_UNAVAILABLE', fix });
  });
});

describe('send-message', () => {
  it('sends text or a payload, not both', async () => {
    const { told, tell } = port();
    const { call } = bound(createSendMessageTool(tell), talkOf(configOf()));
    await call({ to: 'agent/docs', text: 'hello' });
    await call({ to: 'slack/T1/C1', text: 'hello' });
    await call({ to: 'agent/docs', command: 'work.process', payload: { workItemId: 1 } });
    expect(told).toEqual([
      { to: 'agent/docs', command: 'message', payload: { text: 'hello' } },
      { to: 'slack/T1/C1', command: 'slack.send_message', payload: { text: 'hello' } },
      { to: 'agent/docs', command: 'work.process', payload: { workItemId: 1 } },
    ]);
    await expect(call({ to: 'agent/docs', text: 'a', payload: {} })).rejects.toThrow('either text or payload');
    expect(await call({ to: 'mailto:a', text: 'a' })).toMatchObject({ refused: 'ADDRESS_DENIED' });
  });

  it("from a turn for a work item reaches its own session and the agent's channels only", async () => {
    const { told, tell } = port();
    const config = configOf({ devops: devops(), slack: { channels: ['C1'], statusChannel: 'C2' } });
    const { call } = bound(createSendMessageTool(tell), turnOf({ config }));
    for (const to of ['agent/codechange/acme', 'agent/docs', 'slack/T1/C3', 'agent/codechange/acme/session/wi-13']) {
      expect(await call({ to, text: 'x' })).toMatchObject({ refused: 'ADDRESS_DENIED' });
    }
    for (const to of ['agent/codechange/acme/session/wi-12', 'slack/T1/C1', 'slack/T1/C2'])
      await call({ to, text: 'x' });
    expect(told).toHaveLength(3);
  });
});

describe('grep-logs', () => {
  it('looks for plain words in any session of its agent, and in its own while it works on an item', async () => {
    const { told, tell } = port();
    const talk = bound(createGrepLogsTool(tell), talkOf(configOf()));
    await talk.call({ pattern: ' (a+)+$ ' });
    await talk.call({ pattern: 'x', sessionId: 'wi-7', limit: 5 });
    expect(await talk.call({ pattern: 'x', sessionId: '../x' })).toMatchObject({ refused: 'SESSION_ID' });
    const working = bound(createGrepLogsTool(tell));
    await working.call({ pattern: 'x' });
    expect(await working.call({ pattern: 'x', sessionId: 'wi-7' })).toMatchObject({ refused: 'SESSION_TENANT' });
    expect(told).toEqual([
      { text: '(a+)+$', limit: 20 },
      { text: 'x', limit: 5, sessionId: 'wi-7' },
      { text: 'x', limit: 20, sessionId: 'wi-12' },
    ]);
  });
});

describe('submit-plan and ask', () => {
  const plan = {
    summary: 's',
    steps: ['a'],
    files: [{ path: 'a.js', change: 'edit' }],
    tests: [],
    risks: '',
    rollback: '',
  };

  it('hand in what fits, and tell the model to stop', async () => {
    const { told, tell } = port();
    const planning = turnOf({ kind: 'planning' });
    const submitted = await bound(createSubmitPlanTool(bounds, tell), planning).call(plan);
    const asked = await bound(createAskTool(tell), planning).call({ question: ' Which? ' });
    for (const answer of [submitted, asked])
      expect(answer).toMatchObject({ next: expect.stringMatching(/end your turn/) });
    expect(told).toEqual([plan, 'Which?']);
  });

  it('name the character that keeps a path out of a plan', async () => {
    const { told, tell } = port();
    const { call } = bound(createSubmitPlanTool(bounds, tell), turnOf({ kind: 'planning' }));
    const files = [{ path: 'a\u202eb.js', change: 'edit' }];
    await expect(call({ ...plan, files })).rejects.toThrow(String.raw`files.0.path: "a\u202eb.js" holds U+202E`);
    expect(told).toEqual([]);
  });

  it('pass on why it was not taken', async () => {
    const refusal = { refused: 'ATTEMPTS', why: 'asked too often', fix: 'plan' } as const;
    const { call } = bound(createAskTool(async () => refusal));
    expect(await call({ question: 'x' })).toEqual(refusal);
  });
});
