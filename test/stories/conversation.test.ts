import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ask, asked, askInProcess, beginToAsk, command, putAgent, reply, sessionOf } from './conversation.ts';
import { modelRequests } from './look.ts';
import { after, call, say } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const instructions = 'Answer from the handbook, in one sentence.';
const secret = 'token-of-the-crm-of-acme';
const glossary = `module.exports = {
  name: 'glossary',
  description: 'Explains a word.',
  schema: { type: 'object', properties: { word: { type: 'string' } } },
  async execute({ word }, { agentId, sessionId }) { return word + ' is explained for ' + agentId + ' ' + sessionId; },
};
`;

const scenes = [
  asked('What is a quokka', [
    call('Read', { file_path: '/dirs/handbook/animals.md' }),
    call('mcp__jv__glossary', { word: 'quokka' }),
    reply('A quokka is small and smiles.'),
    say('I have answered, and nobody reads this.'),
  ]),
  asked('And its colour', [reply('Brown, as said in {{toolResult}}.'), say('Done.')]),
  asked('Who are you', [reply('One sentence.'), say('Done.')]),
  asked('Say nothing', [call('mcp__jv__no-reply', { reason: 'The handbook is silent.' }), say('Done.')]),
  asked('Twice', [reply('The first answer.'), reply('The second answer.'), say('Done.')]),
  // The order counts: a try with the hint bears the question too.
  { when: { prompt: 'You have not answered.*Forgotten once' }, replies: [reply('Here it is.'), say('Done.')] },
  asked('Forgotten', [say('The answer is 42.')]),
  asked('Tell me the token', [reply(`It is ${secret}.`), say('Done.')]),
  asked('Take your time', [after(1_500, reply('Here you are.')), say('Done.')]),
];

let world: World;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handbook-'));
  mkdirSync(join(folder, 'handbook'));
  writeFileSync(join(folder, 'handbook/animals.md'), 'Quokkas are small, and they smile.\n');
  world = await startWorld({
    agents: [],
    script: { scenes },
    prepare({ root }) {
      putAgent(
        root,
        'docs',
        { workDirs: [join(folder, 'handbook')] },
        { 'CLAUDE.md': instructions, 'secrets.env': `CRM_TOKEN=${secret}\n`, 'tools/glossary.js': glossary },
      );
      putAgent(root, 'poor', { limits: { dayUsdMax: 0.01 } });
      putAgent(root, 'tight', { limits: { turnUsdMax: 0.01 } });
      for (const id of ['slow', 'changing', 'refused']) putAgent(root, id);
    },
  });
});
afterEach(() => world.emulators.faults.clear());
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a question is answered on the terminal from folders, tools and instructions, and the next one continues the conversation', async () => {
  const first = await ask(world, 'docs', 'What is a quokka?');
  expect(first).toMatchObject({ code: 0, out: 'A quokka is small and smiles.\n' });
  const told = modelRequests(world).at(-1) ?? '';
  expect(told).toContain(instructions);
  expect(told).toContain(`/dirs/handbook (${folder}/handbook)`);
  expect(told).toContain('Quokkas are small, and they smile.');
  expect(told).toContain('quokka is explained for docs main');
  expect(told).toMatch(/\[jvagent\] phase=conversation session=main\\n/);
  expect(told).toMatch(/<<<data [0-9a-f]{12} question of person\/[^,]+, 2[-0-9T:.]+Z\\nWhat is a quokka\?\\ndata>>>/);
  await world.eventually('rest', async () => (await sessionOf(world, 'docs'))?.leaseOwner === undefined);
  const before = await sessionOf(world, 'docs');
  expect(before).toMatchObject({ turns: 1, deaths: 0 });
  expect(before?.usd).toBeGreaterThan(0);

  expect((await ask(world, 'docs', 'And its colour?')).out).toContain('Brown');
  expect(modelRequests(world).at(-1)).toContain('A quokka is small and smiles.');
  const later = await sessionOf(world, 'docs');
  expect(later?.engineSessionId).toBe(before?.engineSessionId);
  expect(later?.usd).toBeGreaterThan(before?.usd ?? 0);

  const log = (await command(world, 'logs', 'docs', 'main')).out;
  expect(log).toMatch(/ {2}\S+ {2}What is a quokka\?/);
  expect(log).toContain('  answer  A quokka is small and smiles.');
  const shown = JSON.parse((await command(world, 'show', 'docs', 'main', '--json')).out);
  expect(shown).toMatchObject({ phase: null, outcome: 'succeeded', attempts: 0 });
  expect(shown.log.map(({ kind }: { kind: string }) => kind)).toContain('reply');
});

test('with --json the answer is one document, and another session has its own conversation', async () => {
  const { code, out } = await ask(world, 'docs/session/other', 'Who are you?', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    from: 'agent/docs/session/other',
    to: expect.stringMatching(/^person\//),
    command: 'reply',
    payload: { text: 'One sentence.' },
    causedBy: expect.any(String),
  });
  expect(modelRequests(world).at(-1)).not.toContain('quokka is small');
});

test('an agent that has no answer says why', async () => {
  expect(await ask(world, 'docs', 'Say nothing.')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('docs gave no answer: The handbook is silent.'),
  });
  const { code, out } = await ask(world, 'docs', 'Say nothing.', '--json');
  expect([code, JSON.parse(out).command]).toEqual([1, 'no-reply']);
});

test('a question has one answer, whatever the model says after it', async () => {
  expect((await ask(world, 'docs', 'Twice.')).out).toBe('The first answer.\n');
  const stored = await world.supervisor.store.log.tail({ agentId: 'docs', sessionId: 'main', max: 50 });
  expect(stored.filter(({ kind, text }) => kind === 'reply' && text?.includes('answer.'))).toHaveLength(1);
});

test('a model that only talks is told once that nobody heard it, and then the sender is told', async () => {
  expect((await ask(world, 'docs', 'Forgotten once.')).out).toBe('Here it is.\n');
  const { code, out, err } = await ask(world, 'docs', 'Forgotten for good.');
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('ATTEMPTS: docs ended its turn twice without an answer');
  expect(err).toContain('jvagent logs docs main');
  expect((await command(world, 'logs', 'docs', 'main')).out).toContain('The answer is 42.');
});

test('text with a secret is shown to nobody unredacted', async () => {
  const { out } = await ask(world, 'docs', 'Tell me the token.');
  expect(out).toBe('It is [jvagent-redacted:CRM_TOKEN].\n');
  expect((await command(world, 'show', 'docs', 'main', '--json')).out).not.toContain(secret);
});

test("a used-up budget is named: a question waits for the daily one, and fails on the turn's", async () => {
  const poor = beginToAsk(world, 'poor', 'Who are you?');
  await world.eventually('the reason', () => poor.said.err.includes('BUDGET_DAY'));
  expect(poor.said.err).toMatch(
    /today's turns of this agent above 0\.01 USD[\s\S]*tried again at 2\d{3}-\d\d-\d\d 00:00:00 UTC/,
  );
  expect(poor.said.err.match(/BUDGET_DAY/g)).toHaveLength(1);
  putAgent(world.root, 'poor', { limits: { dayUsdMax: 10 } });
  await world.eventually('the new limit', async () => (await command(world, 'trust', 'poor')).code === 0);
  await world.supervisor.store.sessions.wake({ agentId: 'poor', sessionId: 'main' });
  expect(await poor.ended).toMatchObject({ code: 0, out: 'One sentence.\n' });

  const { code, err } = await ask(world, 'tight', 'Who are you?');
  expect(code).toBe(1);
  expect(err).toContain('BUDGET_TURN: the next model call could bring the cost of this turn above 0.01 USD');
});

test('a paused agent says so, and answers after the resume', async () => {
  await command(world, 'pause', 'docs');
  const waiting = beginToAsk(world, 'docs', 'Who are you?');
  await world.eventually('the reason', () => waiting.said.err.includes('PAUSED: docs has been paused since'));
  await command(world, 'resume', 'docs');
  expect(await waiting.ended).toMatchObject({ code: 0, out: 'One sentence.\n' });
});

test('a changed agent is held until a person trusts it, and then answers', async () => {
  expect((await ask(world, 'changing', 'Who are you?')).code).toBe(0);
  putAgent(world.root, 'changing', {}, { 'CLAUDE.md': 'Answer in two sentences.' });
  const isSeen = () => JSON.stringify(world.supervisor.agents.get('changing')).includes('in two sentences');
  await world.eventually('a look at its files', isSeen);
  const held = beginToAsk(world, 'changing', 'Who are you?');
  await world.eventually('the reason', () =>
    held.said.err.includes('CONFIG_UNTRUSTED: changing: CLAUDE.md of changing'),
  );
  expect(held.said.err).toContain('run `jvagent trust changing`');
  await command(world, 'trust', 'changing');
  expect(await held.ended).toMatchObject({ code: 0, out: 'One sentence.\n' });
});

test('a provider that fails is named, and the question waits for it', async () => {
  const body = { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } };
  const headers = { 'x-should-retry': 'false' };
  world.fault({ target: 'anthropic', match: { path: '/v1/messages' }, do: { status: 401, headers, body } });
  const waiting = beginToAsk(world, 'refused', 'Who are you?');
  await world.eventually('the reason', () => waiting.said.err.includes('OUTSIDE_AUTH'));
  expect(waiting.said.err).toMatch(/invalid x-api-key[\s\S]*It is tried again at/);
  world.emulators.faults.clear();
  expect(await waiting.ended).toMatchObject({ code: 0, out: 'One sentence.\n' });
});

test('Ctrl-C leaves the question in place, and it is answered over a restart, once', async () => {
  const { said, ended, interrupt } = askInProcess(world, 'slow', 'Take your time.');
  await world.eventually('the question', () => said.err.includes('Press Ctrl-C to stop waiting'));
  const log = async () => (await command(world, 'logs', 'slow')).out;
  await world.eventually('its turn', async () => (await log()).includes('Take your time.'));
  interrupt();
  const left = await ended;
  expect(left).toMatchObject({ code: 1, out: '' });
  expect(left.err).toContain('The question stays there');
  await world.restart();
  const replies = async () =>
    (await world.supervisor.store.log.tail({ agentId: 'slow', max: 100 })).filter(
      ({ text }) => text === 'Here you are.',
    );
  await world.eventually('the answer', async () => (await replies()).length > 0);
  await world.eventually('rest', async () => (await sessionOf(world, 'slow'))?.leaseOwner === undefined);
  expect(await replies()).toHaveLength(1);
});
