/** `jvagent demo`: the main job with no cloud, followed on the terminal or printed as one JSON line. */
import { resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { Command, Option } from 'commander';
import type { LogEntry } from '../../ipc/protocol.ts';
import { isRefusal } from '../../refusal.ts';
import { readSettings } from '../../settings.ts';
import type { StoredSession } from '../../store/session-rows.ts';
import { type DemoResult, runDemo } from '../demo/run-demo.ts';

interface Flags {
  approve?: 'ask' | 'auto';
  model: 'scripted' | 'real';
  repo?: string;
  title?: string;
  description?: string;
  json?: boolean;
  keep?: boolean;
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const short = (text: string, chars = 110) => {
  const line = stripVTControlCharacters(text).replace(/\s+/g, ' ').trim();
  return line.length > chars ? `${line.slice(0, chars - 1)}…` : line;
};

function sayEntry({ kind, tool, text, input, result }: LogEntry): void {
  if (kind === 'text') say(`      ${short(text ?? '')}`);
  if (kind === 'tool-call') say(`      → ${tool} ${short(JSON.stringify(input ?? {}), 90)}`);
  if (kind === 'refused' || kind === 'tool-error')
    say(`      ✗ ${tool ?? ''} ${short(JSON.stringify(result ?? text))}`);
  if (kind === 'waits' || kind === 'broke') say(`      … ${short(text ?? '')}`);
}

function sayPhase({ item }: StoredSession, auto: boolean, urls: { itemUrl: string; pullsUrl: string }): void {
  if (!item) return;
  say(`\n  ${new Date().toLocaleTimeString()}  ${item.phase}`);
  if (item.phase === 'plan-ready') {
    say(`      The plan stands on the tile, hash ${item.plan?.hash.slice(0, 12)}: ${urls.itemUrl}`);
    if (!auto) say('      Read it there and move the work item to Approved.');
  }
  if (item.phase === 'executing' && item.approval) say(`      Approved by ${item.approval.by.name}.`);
  if (item.phase === 'pr-created' && item.pullRequest) {
    const { tests } = item.change ?? {};
    if (tests) say(`      The host ran the tests: ${tests.passed ? 'passed' : 'failed'} in ${tests.seconds} s.`);
    say(`      Pull request: ${item.pullRequest.url}`);
    if (!auto) say('      Press "Ready for review", then "Merge" there.');
  }
  if (item.phase === 'deploying') say(`      Merged as ${item.mergedSha?.slice(0, 12)}.`);
  if (item.phase === 'deployed') say(`      The instance runs ${item.deployedSha?.slice(0, 12)} and is healthy.`);
  if (item.refusal) say(`      ${item.refusal.refused}: ${short(item.refusal.why)}\n      ${item.refusal.mend}`);
}

function sayResult({ ok, state, repository, tests }: DemoResult): void {
  say(`\n  ${ok ? 'Done' : 'Not done'}: the tile says "${state}".`);
  say(
    `  The repository's tests ${tests.before} on the base commit and ${tests.after || 'were not run'} on the merged one.`,
  );
  say(`  Bare repository: ${repository}`);
}

async function demo(flags: Flags, command: Command): Promise<void> {
  const {
    approve = process.stdout.isTTY && !flags.json ? 'ask' : 'auto',
    model,
    repo,
    json = false,
    keep = false,
  } = flags;
  const auto = approve === 'auto';
  const settings = readSettings();
  if (isRefusal(settings)) return command.error(`${settings.why}. ${settings.mend}`);
  const real = model === 'real';
  if (real && !settings.anthropicApiKey) command.error('--model real needs ANTHROPIC_API_KEY.');
  if (repo && !(flags.title && flags.description))
    command.error('--repo needs --title and --description.', { exitCode: 2 });
  const wish = repo
    ? { repo: resolve(repo), title: flags.title ?? '', description: flags.description ?? '' }
    : undefined;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  let urls = { itemUrl: '', pullsUrl: '' };
  const result = await runDemo({
    settings,
    auto,
    realModel: real,
    wish,
    keep,
    signal: stop.signal,
    onStart(facts) {
      urls = facts;
      if (json) return;
      say(`\n  Work item ${facts.workItemId} was filed by Erin Engineer: ${facts.itemUrl}`);
      say(`  Pull requests will appear here: ${facts.pullsUrl}`);
    },
    onPhase: (session) => !json && sayPhase(session, auto, urls),
    onEntries: (entries) => !json && entries.forEach(sayEntry),
  });
  if (isRefusal(result)) return command.error(`${result.refused}: ${result.why}\n${result.mend}`);
  if (json) say(JSON.stringify(result));
  else sayResult(result);
  process.exitCode = result.ok ? 0 : 1;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('the main job with no cloud: a work item goes from New to Deployed')
    .addOption(new Option('--approve <who>', 'who approves and merges').choices(['ask', 'auto']))
    .addOption(new Option('--model <which>', 'the model').choices(['scripted', 'real']).default('scripted'))
    .option('--repo <dir>', 'a repository of yours instead of the demo repository')
    .option('--title <text>', 'title of its work item')
    .option(
      '--description <text>',
      'its description; "Replace `a` with `b` in `file`" is what the scripted model then does',
    )
    .option('--json', 'print one JSON line and nothing else')
    .option('--keep', 'keep the workspace')
    .action((flags: Flags, command: Command) => demo(flags, command));
}
