/** What a turn may call, how often, and what comes back. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OutsideError } from '../../src/base/errors.ts';
import { createRedact } from '../../src/base/redact.ts';
import { refuse } from '../../src/refusal.ts';
import { type BindOptions, bindTools, type ToolCallRecord } from '../../src/tools/binder.ts';
import { definePlatformTool, type HostTool } from '../../src/tools/tool.ts';
import { configOf, talkOf, turnOf } from './turn.ts';

const secret = 'hunter2-hunter2';

function gitOps(execute: () => Promise<unknown> = async () => ({ done: true })) {
  const schema = z.strictObject({ action: z.enum(['status', 'push']), branch: z.string().optional() });
  return definePlatformTool({ name: 'git-ops', description: '', schema, actionField: 'action', execute });
}

function bind(more: Partial<BindOptions> = {}) {
  const records: ToolCallRecord[] = [];
  const tools = bindTools({
    turn: turnOf(),
    platformTools: [gitOps()],
    hostTools: [],
    redact: createRedact([secret]),
    limits: { toolCallsInTurnMax: 400, toolAnswerBytesMax: 1_000 },
    record: (call) => records.push(call),
    ...more,
  });
  const call = async (name: string, input: unknown) => {
    const tool = tools.find((bound) => bound.name === name);
    if (!tool) throw new Error(`there is no tool ${name}`);
    return tool.call(input);
  };
  return { tools, records, call };
}

describe('a tool of the platform', () => {
  it('is not there in a turn that the table does not name it for', () => {
    expect(bind({ turn: talkOf(configOf()) }).tools).toEqual([]);
  });

  it('shows the model only the actions that exist, and refuses the others', async () => {
    const { tools, call, records } = bind({ turn: turnOf({ kind: 'planning' }) });
    expect(tools[0]?.inputSchema).toMatchObject({ properties: { action: { enum: ['status', 'diff', 'log'] } } });
    expect(await call('git-ops', { action: 'push' })).toMatchObject({ refused: 'TOOL_UNAVAILABLE' });
    expect(await call('git-ops', { action: 'status' })).toEqual({ done: true });
    expect(records.map(({ outcome }) => outcome)).toEqual(['refused', 'done']);
  });

  it('is not reached by an input that does not fit', async () => {
    const { call, records } = bind({ platformTools: [gitOps(async () => expect.unreachable())] });
    await expect(call('git-ops', { action: 'rm' })).rejects.toThrow(/^git-ops: action: /);
    await expect(call('git-ops', { action: 'push', turn: { kind: 'executing' } })).rejects.toThrow(/turn/);
    expect(records.map(({ outcome, bug }) => ({ outcome, bug }))).toEqual([
      { outcome: 'failed', bug: undefined },
      { outcome: 'failed', bug: undefined },
    ]);
  });

  it('says what the other side did as a refusal', async () => {
    const facts = { system: 'git', request: 'push', kind: 'unreachable' } as const;
    const fails = async () => {
      throw new OutsideError(`no answer to ${secret}`, facts);
    };
    const { call } = bind({ platformTools: [gitOps(fails)] });
    const refusal = { refused: 'OUTSIDE_UNREACHABLE', why: 'no answer to [redacted]', mend: expect.any(String) };
    expect(await call('git-ops', { action: 'status' })).toEqual(refusal);
  });

  it('that throws as it never should leaves its stack in the record, not with the model', async () => {
    const fails = async () => {
      throw new TypeError('x is not a function', { cause: { token: secret } });
    };
    const { call, records } = bind({ platformTools: [gitOps(fails)] });
    const error = await call('git-ops', { action: 'status' }).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ message: 'x is not a function' });
    expect((error as Error).cause).toBeUndefined();
    expect(records[0]?.bug).toContain('binder.test.ts');
  });
});

describe('every tool', () => {
  const echo: HostTool = {
    name: 'echo',
    description: '',
    inputSchema: { type: 'object' },
    call: async (input) => input,
  };

  it('is refused after as many calls as a turn may make, all tools together', async () => {
    const limits = { toolCallsInTurnMax: 3, toolAnswerBytesMax: 1_000 };
    const { call, records } = bind({ hostTools: [echo], limits });
    for (let count = 0; count < 1_000; count++) await call(count % 2 ? 'echo' : 'git-ops', { action: 'status' });
    expect(records.filter(({ outcome }) => outcome === 'done')).toHaveLength(3);
    expect(records.at(-1)?.result).toMatchObject({ refused: 'RATE' });
  });

  it('answers without secrets, in whatever form', async () => {
    const { call, records } = bind({ hostTools: [echo] });
    const input = { a: [secret], b: Buffer.from(`x:${secret}`).toString('base64') };
    expect(JSON.stringify(await call('echo', input))).toMatch(/^\{"a":\["\[redacted\]"\],"b":".*\[redacted\].*"\}$/);
    expect(JSON.stringify(records)).not.toContain(secret);
  });

  it('answers in a bounded length, and no half of a secret is left at the cut', async () => {
    const long: HostTool = { ...echo, call: async () => 'y'.repeat(490) + secret + 'z'.repeat(9_000) };
    const { call } = bind({ hostTools: [long] });
    const answer = JSON.stringify(await call('echo', {}));
    expect(answer).toContain('ask for less');
    expect(answer.length).toBeLessThan(1_000);
    expect(answer).not.toContain('hunter2');
  });

  it('fails with its message alone, redacted', async () => {
    const fails: HostTool = { ...echo, call: () => Promise.reject(new Error(`401 for ${secret}`)) };
    const { call, records } = bind({ hostTools: [fails] });
    await expect(call('echo', {})).rejects.toThrow(/^401 for \[redacted\]$/);
    expect(records[0]).toMatchObject({ outcome: 'failed', result: '401 for [redacted]' });
    expect(records[0]?.bug).toBeUndefined();
  });

  it('may refuse by itself', async () => {
    const refuses = gitOps(async () => refuse('BRANCH_PREFIX', 'no'));
    const { call, records } = bind({ platformTools: [refuses] });
    expect(await call('git-ops', { action: 'push' })).toMatchObject({ refused: 'BRANCH_PREFIX' });
    expect(records[0]?.outcome).toBe('refused');
  });
});
