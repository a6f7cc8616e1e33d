/** `jvagent demo`: the main job with no cloud, followed on the terminal or printed as one JSON line. */

import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { startOf } from '../../../documents/cut.ts';
import type { LogEntry } from '../../../ipc/protocol.ts';
import { isRefusal } from '../../../refusal.ts';
import type { StoredSession } from '../../../store/session-rows.ts';
import type { Context } from '../../context.ts';
import { type DemoResult, runDemo } from '../../demo/run-demo.ts';
import { CommandFailure, failureOf } from '../../failure.ts';
import { wordsOf } from '../../log/entry-words.ts';
import type { Print } from '../../print.ts';

interface Flags {
  approve?: 'ask' | 'auto';
  model: 'scripted' | 'real';
  repo?: string;
  title?: string;
  description?: string;
  json?: boolean;
  keep?: boolean;
}

const short = (text: string, chars = 110) => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > chars ? `${startOf(line, chars - 1)}…` : line;
};

function sayEntry({ line: say }: Print, entry: LogEntry): void {
  const { kind, text = '' } = entry;
  if (kind === 'text') say(`      ${short(text)}`);
  const mark = { 'tool-call': '→', refused: '✗', 'tool-error': '✗', waits: '…', broke: '…' }[kind];
  const words = mark && wordsOf(entry);
  if (!words) return;
  const { who, what, detail = '' } = words;
  const said = kind === 'tool-error' ? `${who} failed: ${detail}` : [what, detail].filter(Boolean).join(': ');
  say(`      ${mark} ${short(said)}`);
}

function sayPhase({ line: say }: Print, { item }: StoredSession, auto: boolean, itemUrl: string): void {
  if (!item) return;
  say(`\n  ${new Date().toLocaleTimeString()}  ${item.phase}`);
  if (item.phase === 'plan-ready') {
    say(`      The plan is on the work item, hash ${item.plan?.hash.slice(0, 12)}: ${itemUrl}`);
    if (!auto) say('      Read it there and move the work item to Approved.');
  }
  if (item.phase === 'executing' && item.approval) say(`      Approved by ${item.approval.by.name}.`);
  if (item.phase === 'pr-created' && item.review) {
    const { tests } = item.change?.commit ?? {};
    if (tests) say(`      The host ran the tests: ${tests.passed ? 'passed' : 'failed'} in ${tests.seconds} s.`);
    say(`      Pull request: ${item.review.url}`);
    if (!auto) say('      Press "Ready for review", then "Merge" there.');
  }
  if (item.phase === 'deploying') say(`      Merged as ${item.deployment?.mergedSha?.slice(0, 12)}.`);
  if (item.phase === 'deployed')
    say(`      The instance runs ${item.deployment?.deployedSha?.slice(0, 12)} and is healthy.`);
  if (item.refusal) say(`      ${item.refusal.refused}: ${short(item.refusal.why)}\n      ${item.refusal.fix}`);
}

function sayResult({ line: say }: Print, { ok, state, repository, tests }: DemoResult): void {
  say(`\n  ${ok ? 'Done' : 'Not done'}: the work item is in the state "${state}".`);
  say(
    `  The repository's tests ${tests.before} on the base commit and ${tests.after || 'were not run'} on the merged one.`,
  );
  say(`  Bare repository: ${repository}`);
}

async function demo({ print, settings }: Context, flags: Flags, command: Command): Promise<void> {
  const { json = false, keep = false, repo, title = '', description = '' } = flags;
  const auto = (flags.approve ?? (process.stdout.isTTY && !json ? 'ask' : 'auto')) === 'auto';
  const realModel = flags.model === 'real';
  if (realModel && !settings().anthropicApiKey)
    throw new CommandFailure('--model real needs ANTHROPIC_API_KEY. Set it in the environment or in .env.');
  if (repo && !(title && description)) command.error('--repo also needs --title and --description.', { exitCode: 2 });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  let itemUrl = '';
  const result = await runDemo({
    settings: settings(),
    auto,
    realModel,
    wish: repo ? { repo: resolve(repo), title, description } : undefined,
    keep,
    signal: stop.signal,
    on: {
      start(facts) {
        itemUrl = facts.itemUrl;
        if (json) return;
        print.line(`\n  Work item ${facts.workItemId} was filed by Erin Engineer: ${itemUrl}`);
        print.line(`  Pull requests will appear here: ${facts.pullsUrl}`);
      },
      phase: (session) => !json && sayPhase(print, session, auto, itemUrl),
      entries(entries) {
        if (!json) for (const entry of entries) sayEntry(print, entry);
      },
    },
  });
  if (isRefusal(result)) throw failureOf(result);
  if (json) print.jsonLine(JSON.stringify(result));
  else sayResult(print, result);
  if (!result.ok) throw new CommandFailure(result.why ?? `The work item ended in "${result.state}".`);
}

export function demoCommand(context: Context): Command {
  return new Command('demo')
    .description('see the whole job without any cloud: a work item goes from New to Deployed')
    .addOption(
      new Option('--approve <who>', 'who approves and merges: you (ask) or the demo (auto)').choices(['ask', 'auto']),
    )
    .addOption(
      new Option('--model <which>', 'which model works: a script, or the real one')
        .choices(['scripted', 'real'])
        .default('scripted'),
    )
    .option('--repo <dir>', 'use your own repository instead of the demo repository')
    .option('--title <text>', 'title of the work item')
    .option(
      '--description <text>',
      'text of the work item; the scripted model follows "Replace `a` with `b` in `file`" in it',
    )
    .option('--json', 'print only one JSON line')
    .option('--keep', 'keep the workspace afterwards')
    .action((flags: Flags, command: Command) => demo(context, flags, command));
}
