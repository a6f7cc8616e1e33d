/** `jvagent demo`: the main job with no cloud, followed on the terminal or printed as one JSON line. */

import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { startOf } from '../../../documents/cut.ts';
import type { LogEntry } from '../../../ipc/protocol.ts';
import { isRefusal } from '../../../refusal.ts';
import { readSettings } from '../../../settings.ts';
import type { StoredSession } from '../../../store/session-rows.ts';
import { wordsOf } from '../../../views/log/entry-words.ts';
import type { Context } from '../../context.ts';
import { whyFailed } from '../../demo/failed.ts';
import { type DemoOptions, type DemoResult, runDemo } from '../../demo/run-demo.ts';
import { CommandFailure, failureOf, granted } from '../../failure.ts';
import type { Print } from '../../print.ts';
import { untilKey } from '../../until-key.ts';

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

/** What the host only begins now, and takes a while. */
const isBeginning = ({ text = '' }: LogEntry) => / begins: /.test(text);

function sayEntry({ line: say }: Print, entry: LogEntry): void {
  const { kind, text = '' } = entry;
  if (kind === 'effect' && isBeginning(entry)) say(`      Host ${wordsOf(entry)?.what} ...`);
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
    if (tests?.command)
      say(`      The host ran the tests: ${tests.passed ? 'passed' : 'failed'} in ${tests.seconds} s.`);
    say(`      Pull request: ${item.review.url}`);
    if (!auto) say('      Press "Ready for review", then "Merge" there.');
  }
  if (item.phase === 'deploying') say(`      Merged as ${item.deployment?.mergedSha?.slice(0, 12)}.`);
  if (item.phase === 'deployed')
    say(`      The instance runs ${item.deployment?.deployedSha?.slice(0, 12)} and is healthy.`);
  if (item.refusal) say(`      ${item.refusal.refused}: ${short(item.refusal.why)}\n      ${item.refusal.fix}`);
}

function sayResult({ line: say }: Print, { ok, state, repository, tests }: DemoResult, keep: boolean): void {
  say(`\n  ${ok ? 'Done' : 'Not done'}: the work item is in the state "${state}".`);
  const after = tests.after || 'were not run';
  if (tests.before === 'none') say('  The repository has no test command that the demo knows, so no tests were run.');
  else if (tests.before)
    say(`  The repository's tests ${tests.before} on the base commit and ${after} on the merged one.`);
  if (keep) say(`  Bare repository: ${repository}`);
}

/** Until Ctrl-C or a signal of the system. */
function untilStopped(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

interface Said {
  auto: boolean;
  keep: boolean;
}

/** What a person reads along the way; `itemUrl` is known once the work item is filed. */
function tellPerson(print: Print, { auto, keep }: Said, signal: AbortSignal): DemoOptions['on'] {
  const { line: say } = print;
  let itemUrl = '';
  return {
    start(facts) {
      itemUrl = facts.itemUrl;
      if (facts.steps.length > 0) say('\n  The model is a script. It will do what the description says:');
      for (const step of facts.steps) say(`      ${short(step)}`);
      say(`\n  Work item ${facts.workItemId} was filed by Erin Engineer: ${itemUrl}`);
      say(`  The dashboard, which logs you in once: ${facts.dashboardUrl}`);
      say(`  Pull requests will appear here: ${facts.pullsUrl}`);
      say(`  People talk with the agents here, in #acme-status and #docs: ${facts.slackUrl}`);
    },
    phase: (session) => sayPhase(print, session, auto, itemUrl),
    entries(entries) {
      for (const entry of entries) sayEntry(print, entry);
    },
    answered({ question, answer }) {
      say(`\n  Pat Product asked the docs agent in Slack: ${question}`);
      for (const text of (answer ?? 'No answer came in time.').split('\n').filter(Boolean)) say(`      ${short(text)}`);
    },
    async end(result) {
      if (signal.aborted) return;
      sayResult(print, result, keep);
      const { stdin } = process;
      if (!print.isTerminal || !stdin.isTTY) return;
      say('\n  The pages stay open until you press a key.');
      await untilKey(stdin, signal);
    },
  };
}

const silent: DemoOptions['on'] = { start() {}, phase() {}, entries() {}, answered() {}, async end() {} };

async function demo({ print }: Context, flags: Flags, command: Command): Promise<void> {
  // The demo has a workspace of its own, and of the settings only the model's key counts.
  const settings = granted(readSettings({ root: command.optsWithGlobals<{ root?: string }>().root }));
  const { json = false, keep = false, repo, title = '', description = '' } = flags;
  const auto = (flags.approve ?? (process.stdout.isTTY && !json ? 'ask' : 'auto')) === 'auto';
  const realModel = flags.model === 'real';
  if (realModel && !settings.anthropicApiKey)
    throw new CommandFailure('--model real needs ANTHROPIC_API_KEY. Set it in the environment or in .env.');
  if (repo && !(title && description)) command.error('--repo also needs --title and --description.', { exitCode: 2 });
  const signal = untilStopped();
  const result = await runDemo({
    settings,
    auto,
    realModel,
    wish: repo ? { repo: resolve(repo), title, description, realModel } : undefined,
    // A program that reads the line is told where the repository is.
    keep: keep ? 'everything' : json ? 'repository' : 'nothing',
    signal,
    on: json ? silent : tellPerson(print, { auto, keep }, signal),
  });
  if (isRefusal(result)) throw failureOf(result);
  if (json) print.jsonLine(JSON.stringify(result));
  const failed = whyFailed(result, signal.aborted);
  if (failed !== undefined) throw new CommandFailure(failed);
}

export function demoCommand(context: Context): Command {
  return new Command('demo')
    .description('see the whole job without any cloud: a work item goes from New to Deployed')
    .addOption(
      new Option(
        '--approve <who>',
        'who approves and merges: you (ask, the default on a terminal) or the demo (auto, the default without one)',
      ).choices(['ask', 'auto']),
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
      'text of the work item; the scripted model follows "Replace `a` with `b` in `file`", "Add a line `a` to `file`" and "Create `file` with `a`" in it',
    )
    .option('--json', 'print only one JSON line')
    .option('--keep', 'keep the workspace and the repository afterwards')
    .action((flags: Flags, command: Command) => demo(context, flags, command));
}
