/** The real CLI in the real sandbox, with a scripted model behind the gateway. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Script } from '../../emulators/anthropic/script.ts';
import { configFiles } from '../../src/engine/config-folder.ts';
import type { EngineEvent, EngineRun } from '../../src/engine/engine.ts';
import { refuse } from '../../src/refusal.ts';
import { refusedResume } from '../../src/turns/talk/resume.ts';
import { endOf, ofKind, openEngine } from './try-turn.ts';

vi.setConfig({ testTimeout: 20_000 });

const bash = (command: string): Script => ({
  scenes: [{ replies: [[{ tool: 'Bash', input: { command } }], [{ text: 'seen' }]] }],
});

/** What one Bash command of the model prints inside. */
async function seenInside(command: string, more: Parameters<Awaited<ReturnType<typeof openEngine>>['turn']>[0] = {}) {
  const { turn } = await openEngine(bash(command));
  return ofKind(await turn(more), 'tool-result')[0]?.result;
}

describe('a turn', () => {
  it('shows what the model says and does, and the result', async () => {
    const { turn, model } = await openEngine({
      scenes: [
        {
          when: { prompt: 'fix (?<what>\\w+)', system: 'You change', tools: ['mcp__jv__look', 'Bash'] },
          replies: [
            [{ text: 'I start.' }, { tool: 'Bash', input: { command: 'echo from bash' } }],
            [{ tool: 'mcp__jv__look', input: { at: '{{what}}' } }],
            [{ text: 'It said {{toolResult}}' }, { usage: { input: 1_000, cached: 500, output: 100 } }],
          ],
        },
      ],
    });
    const inputs: unknown[] = [];
    const look = {
      name: 'look',
      description: 'Looks',
      inputSchema: { type: 'object', properties: { at: { type: 'string' } } },
      call: async (input: unknown) => {
        inputs.push(input);
        return '{"found":3}';
      },
    };
    const events = await turn({ prompt: 'fix parser', tools: [look] });
    expect(inputs).toEqual([{ at: 'parser' }]);
    expect(events[0]).toMatchObject({ kind: 'started', engineSessionId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const seen = events.filter(({ kind }) => ['text', 'tool-call', 'tool-result'].includes(kind));
    expect(seen).toMatchObject([
      { kind: 'text', text: 'I start.' },
      { kind: 'tool-call', tool: 'Bash', input: { command: 'echo from bash' } },
      { kind: 'tool-result', tool: 'Bash', result: 'from bash', isError: false },
      { kind: 'tool-call', tool: 'mcp__jv__look', input: { at: 'parser' } },
      { kind: 'tool-result', result: '{"found":3}', isError: false },
      { kind: 'text', text: 'It said {"found":3}' },
    ]);
    expect(endOf(events)).toMatchObject({ outcome: 'done', text: 'It said {"found":3}' });
    expect(endOf(events)?.tokens.cached).toBe(500);
    expect(endOf(events)?.usd).toBeGreaterThan(0.003);
    expect(ofKind(events, 'ended')).toHaveLength(1);
    expect(model.requests.every(({ headers }) => headers['x-api-key'] === 'sk-real')).toBe(true);
  });

  it('tells the model what our tool threw', async () => {
    const { turn } = await openEngine({ scenes: [{ replies: [[{ tool: 'mcp__jv__fail', input: {} }]] }] });
    const fail = {
      name: 'fail',
      description: '',
      inputSchema: {},
      call: async () => Promise.reject(new Error('not today')),
    };
    const [result] = ofKind(await turn({ tools: [fail] }), 'tool-result');
    expect(result).toMatchObject({ result: expect.stringContaining('not today'), isError: true });
  });

  it('gets a message while it works, and reads it at its next step', async () => {
    const { turn, model } = await openEngine({
      scenes: [
        {
          when: { prompt: 'fix' },
          replies: [[{ tool: 'Bash', input: { command: 'echo at work; sleep 1' } }], [{ text: 'Tabs it is.' }]],
        },
      ],
    });
    let tell = (_: string) => {};
    const onListening: EngineRun['onListening'] = (say) => {
      tell = say;
    };
    const events = await turn({ prompt: 'fix it', onListening }, ({ kind }) => {
      if (kind === 'tool-call') tell('Erin writes: use tabs');
    });
    expect(endOf(events)).toMatchObject({ outcome: 'done', text: 'Tabs it is.' });
    const [first, second, ...more] = model.requests.map(({ body }) => JSON.stringify(body));
    expect(more).toEqual([]);
    expect(first).not.toContain('use tabs');
    expect(second).toContain('Erin writes: use tabs');
  });

  it('continues with a message that arrives when it is about to end', async () => {
    const { turn } = await openEngine({
      scenes: [
        { when: { prompt: 'use tabs' }, replies: [[{ text: 'Tabs it is.' }]] },
        { when: { prompt: 'fix' }, replies: [[{ delayMs: 1_000 }, { text: 'Done with blanks.' }]] },
      ],
    });
    let tell = (_: string) => {};
    const onListening: EngineRun['onListening'] = (say) => {
      tell = say;
    };
    const events = await turn({ prompt: 'fix it', onListening }, ({ kind }) => {
      if (kind === 'started') tell('Erin writes: use tabs');
    });
    expect(ofKind(events, 'text').map(({ text }) => text)).toEqual(['Done with blanks.', 'Tabs it is.']);
    expect(endOf(events)).toMatchObject({ outcome: 'done', text: 'Tabs it is.' });
  });

  it('has only the tools it was given', async () => {
    const { turn, model } = await openEngine(bash('true'));
    await turn({ builtinTools: ['Read'] });
    expect(model.requests[0]?.body.tools?.map(({ name }) => name)).toEqual(['Read']);
  });

  it('continues in a fresh sandbox from its rows alone', async () => {
    const { turn, model } = await openEngine(bash('echo one'));
    const first = await turn({ prompt: 'first words' });
    const rows = ofKind(first, 'transcript').flatMap((event) => event.rows);
    const engineSessionId = ofKind(first, 'started')[0]?.engineSessionId ?? '';
    const second = await turn({ prompt: 'second words', conversation: { engineSessionId, rows } });
    expect(endOf(second)?.outcome).toBe('done');
    expect(ofKind(second, 'started')[0]?.engineSessionId).toBe(engineSessionId);
    const sent = JSON.stringify(model.requests.at(-1)?.body.messages);
    for (const part of ['first words', 'echo one', 'seen', 'second words']) expect(sent).toContain(part);
    const later = ofKind(second, 'transcript').flatMap((event) => event.rows);
    expect(later.some((row) => rows.some((old) => old.uuid && old.uuid === row.uuid))).toBe(false);
    const third = await turn({ prompt: 'third words', conversation: { engineSessionId, rows: [...rows, ...later] } });
    expect(endOf(third)?.outcome).toBe('done');
    expect(JSON.stringify(model.requests.at(-1)?.body.messages)).toMatch(/first words.*second words.*third words/);
  });

  it('finds its own files as a program that started before has left them, in memory', async () => {
    const { turn, root } = await openEngine(bash('cat ~/.claude/.claude.json'));
    const state = JSON.parse(configFiles('/tree', undefined)['.claude/.claude.json'] ?? '');
    const [found] = ofKind(await turn({}), 'tool-result');
    expect(JSON.parse(found?.result ?? '')).toMatchObject(state);
    expect(readdirSync(join(root, 'run-1'))).toEqual(['empty']);
  });

  it('reads its prompt as words, not as commands or file references', async () => {
    const { turn, model } = await openEngine({ scenes: [] });
    await turn({ prompt: '/clear @/etc/passwd' });
    const sent = JSON.stringify(model.requests[0]?.body.messages);
    expect(sent).toContain('/clear @/etc/passwd');
    expect(sent).not.toContain('/home/agent:/bin/bash');
  });
});

describe('a command of the model', () => {
  it('sees no environment, file or network of the host', async () => {
    expect(await seenInside('env')).not.toMatch(/sk-real|VITEST|USER=|LOGNAME/);
    const { turn, root } = await openEngine({
      scenes: [
        {
          when: { prompt: '(?<root>.+)' },
          replies: [
            [
              {
                tool: 'Bash',
                input: { command: 'ls {{root}} /work /root 2>&1; cat /etc/passwd; ls /proc | grep -c "^[0-9]"' },
              },
            ],
          ],
        },
      ],
    });
    const [listed] = ofKind(await turn({ prompt: root }), 'tool-result');
    expect(listed?.result).toMatch(/No such file/);
    expect(listed?.result).toContain('agent:x:1000');
    expect(listed?.result).not.toMatch(/root:x/);
    expect(await seenInside('timeout 2 curl -sS https://example.com 2>&1; echo $?')).toMatch(
      /not resolve|not found|[67]$/,
    );
  });

  it('cannot open a setting of the kernel for writing', async () => {
    expect(await seenInside('(: >> /proc/sys/kernel/core_pattern) 2>&1; id -u')).toMatch(/Read-only|denied[\s\S]*1000/);
  });

  it('cannot write a tree that is only to be read', async () => {
    const { turn, makeTree } = await openEngine(bash('cat a; echo x > b; ls'));
    const path = makeTree();
    writeFileSync(join(path, 'a'), 'content\n', { mode: 0o644 });
    const [result] = ofKind(await turn({ tree: { path, writable: false, readOnlyPaths: [] } }), 'tool-result');
    expect(result?.result).toMatch(/content[\s\S]*Read-only/);
    expect(readdirSync(path)).toEqual(['a']);
  });

  it('writes the tree that it gets, except read-only paths', async () => {
    const { turn, makeTree } = await openEngine(bash('echo x > b; echo x > .github/w'));
    const path = makeTree();
    mkdirSync(join(path, '.github'));
    await turn({ tree: { path, writable: true, readOnlyPaths: ['.github'] } });
    expect(readFileSync(join(path, 'b'), 'utf8')).toBe('x\n');
    expect(readdirSync(join(path, '.github'))).toEqual([]);
  });

  it('sees a read-only .git, whatever was in its place', async () => {
    const { turn, makeTree, root } = await openEngine(bash('cat .git/HEAD; echo x > .git/hooks'));
    const path = makeTree();
    symlinkSync('/etc', join(path, '.git'));
    const gitView = join(root, 'view');
    mkdirSync(gitView);
    writeFileSync(join(gitView, 'HEAD'), 'ref: refs/heads/main\n', { mode: 0o644 });
    const tree = { path, writable: true, readOnlyPaths: [] };
    const [result] = ofKind(await turn({ tree, gitView: { path: gitView } }), 'tool-result');
    expect(result?.result).toMatch(/refs\/heads\/main[\s\S]*Read-only/);
    expect(existsSync(join(path, '.git'))).toBe(false);
  });

  it('finds Node, for the tests of a repository', async () => {
    expect(await seenInside('/opt/node/node --version; command -v node')).toMatch(/^v\d+[\s\S]*\/node$/);
  });

  it('reads its further folders except what is closed in them, and they cannot configure it', async () => {
    const reads = ['a.md', '.env'].map((name) => [{ tool: 'Read', input: { file_path: `/dirs/notes/${name}` } }]);
    const write = [{ tool: 'Write', input: { file_path: '/dirs/notes/b.md', content: 'mine' } }];
    const { turn, root, model } = await openEngine({ scenes: [{ replies: [...reads, write, [{ text: 'seen' }]] }] });
    const notes = join(root, 'notes');
    mkdirSync(join(notes, '.claude/skills/zebra'), { recursive: true });
    const texts = {
      'a.md': 'remember',
      '.env': 'canary',
      'CLAUDE.md': 'zebra instructions',
      '.claude/skills/zebra/SKILL.md': '---\nname: zebra\ndescription: zebra skill\n---\nDo as zebras do.',
    };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(notes, name), text, { mode: 0o644 });
    const extraMounts = [{ source: notes, target: '/dirs/notes', closedPaths: [{ path: '.env', isFolder: false }] }];
    const events = await turn({ builtinTools: ['Read', 'Write', 'Skill'], extraMounts });
    const results = ofKind(events, 'tool-result');
    expect(results).toHaveLength(3);
    expect(results[0]).toMatchObject({ result: expect.stringContaining('remember'), isError: false });
    for (const { isError } of results.slice(1)) expect(isError).toBe(true);
    expect(readdirSync(notes)).not.toContain('b.md');
    expect(JSON.stringify(model.requests)).not.toMatch(/canary|zebra/);
  });
});

describe('a repository', () => {
  it('cannot configure the engine through its own settings', async () => {
    const { turn, makeTree, model } = await openEngine(bash('cat /tree/hooked 2>&1; env'));
    const path = makeTree();
    mkdirSync(join(path, '.claude'));
    const hook = [{ hooks: [{ type: 'command', command: 'touch /tree/hooked' }] }];
    const settings = { hooks: { SessionStart: hook, PreToolUse: hook }, env: { PLANTED: 'yes' } };
    writeFileSync(join(path, '.claude/settings.json'), JSON.stringify(settings));
    writeFileSync(join(path, 'CLAUDE.md'), 'zebra instructions');
    writeFileSync(join(path, '.mcp.json'), JSON.stringify({ mcpServers: { zebra: { command: 'true' } } }));
    const [result] = ofKind(await turn({ tree: { path, writable: true, readOnlyPaths: [] } }), 'tool-result');
    expect(result?.result).toContain('No such file');
    expect(result?.result).not.toContain('PLANTED');
    expect(existsSync(join(path, 'hooked'))).toBe(false);
    expect(JSON.stringify(model.requests)).not.toContain('zebra');
  });
});

describe('the end of a turn', () => {
  const sleeping = (events: readonly EngineEvent[]) => endOf(events)?.outcome;
  const processes = () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
        } catch {
          return [];
        }
      });

  it('comes at once when the turn is cancelled, and nothing keeps running inside', async () => {
    const { turn } = await openEngine(bash('tail -s 88.125 -f /dev/null'));
    const stop = new AbortController();
    const events = await turn({ signal: stop.signal }, (event) => {
      if (event.kind === 'tool-call') setTimeout(() => stop.abort(), 200);
    });
    expect(sleeping(events)).toBe('aborted');
    expect(processes().filter((line) => line.startsWith('tail -s 88.125'))).toEqual([]);
  });

  it('comes if the model falls silent', async () => {
    const { turn } = await openEngine({ scenes: [{ replies: [[{ delayMs: 20_000 }, { text: 'late' }]] }] });
    const ended = endOf(await turn({ stallMs: 1_200 }));
    expect(ended?.outcome).toBe('stalled');
    expect(ended?.why).toMatch(/^nothing happened for 1\.2 s/);
  });

  it('does not come while our tool is slow', async () => {
    const { turn } = await openEngine({ scenes: [{ replies: [[{ tool: 'mcp__jv__wait', input: {} }]] }] });
    const call = () => new Promise<string>((resolve) => setTimeout(() => resolve('waited'), 5_500));
    const wait = { name: 'wait', description: '', inputSchema: {}, call };
    expect(sleeping(await turn({ stallMs: 5_000, tools: [wait] }))).toBe('done');
  });

  it('comes when its time is over', async () => {
    const { turn } = await openEngine(bash('tail -f /dev/null'));
    expect(sleeping(await turn({ turnTimeMs: 1_200 }))).toBe('timed-out');
  });

  it('says so when the money is used up, and is not tried again', async () => {
    let asked = 0;
    const reserve = async () => {
      asked += 1;
      return refuse('BUDGET_TURN', '10 of 10 USD are used');
    };
    const { turn, model } = await openEngine(bash('true'), { budget: { reserve, settle: () => {} } });
    expect(endOf(await turn({}))).toMatchObject({ outcome: 'budget', why: 'BUDGET_TURN: 10 of 10 USD are used' });
    expect(asked).toBe(1);
    expect(model.requests).toEqual([]);
  });

  it('is an error, with the reason, when the model or the sandbox fails', async () => {
    const refused = await openEngine({
      scenes: [{ replies: [[{ error: { status: 400, type: 'invalid_request_error', message: 'no credit' } }]] }],
    });
    expect(endOf(await refused.turn({}))).toMatchObject({
      outcome: 'error',
      why: expect.stringContaining('no credit'),
    });
    const { turn } = await openEngine(bash('true'));
    const extraMounts = [{ source: '/nonexistent', target: '/extra' }];
    expect(endOf(await turn({ extraMounts }))).toMatchObject({
      outcome: 'error',
      why: expect.stringMatching(/ENOENT|exist/),
    });
    expect(endOf(await turn({ conversation: { engineSessionId: '../../x', rows: [] } }))?.outcome).toBe('error');
    const gone = await turn({ conversation: { engineSessionId: '11111111-2222-3333-8444-555555555555', rows: [] } });
    const ended = endOf(gone) ?? expect.fail('no end');
    expect(ofKind(gone, 'started')).toEqual([]);
    expect(refusedResume({ ended, conversation: undefined })).toBeDefined();
  });
});
