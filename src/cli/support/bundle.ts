/**
 * Everything that a bundle for a bug report holds.
 *
 * It is built from what is known to be harmless, instead of taking out what is not: names of settings, known fields, codes, counts and
 * times. No text of a work item, a plan, a comment, a file or a conversation is read into it; the words of errors are scrubbed.
 */
import { globSync } from 'node:fs';
import { arch, availableParallelism, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import about from '../../../package.json' with { type: 'json' };
import type { AgentState } from '../../agents/agent-store.ts';
import { messageOf } from '../../base/errors.ts';
import { readRegularFile } from '../../base/files.ts';
import { known } from '../../base/known.ts';
import type { NamedSecret } from '../../base/redact.ts';
import { percentDecoded } from '../../base/text/percent.ts';
import { agentFileRows, settingRows } from '../../checks/file-rows.ts';
import { findingsOf } from '../../checks/finding.ts';
import { limits } from '../../limits.ts';
import { readPrivateEnv, settingsSet } from '../../settings.ts';
import { stateFolderOf } from '../../supervisor/nodes/state.ts';
import { type PlatformStatus, platformView } from '../../views/platform-view.ts';
import type { Context } from '../context.ts';
import { machineChecks } from '../doctor/machine-checks.ts';
import { viewSource } from '../status-facts.ts';
import { shownConfig } from './config-part.ts';
import { codeOnly, createScrub } from './scrubbed.ts';
import { statePart, storedTitles } from './state-part.ts';

type Scrub = (text: string) => string;

/** Every value of every private file of the workspace counts as a secret here. */
function secretsIn(root: string): NamedSecret[] {
  const files = ['.env', ...globSync(['**/secrets.env', 'slack/*.env'], { cwd: root, exclude: ['.jvagent'] })];
  return files.flatMap((file) => {
    const read = readPrivateEnv(join(root, file));
    if (!('values' in read)) return [];
    return Object.entries(read.values).flatMap(([name, value = '']) => {
      const password = URL.canParse(value) ? new URL(value).password : '';
      const secrets = [value, password, percentDecoded(password)];
      return secrets.flatMap((one) => (one.length < limits.credentialCharsMin ? [] : [{ name, value: one }]));
    });
  });
}

function aboutMachine(now: number): object {
  const read = readRegularFile('/usr/lib/os-release', limits.configBytesMax);
  const [, system] = /^PRETTY_NAME="?([^"\n]*)/m.exec('bytes' in read ? read.bytes.toString('utf8') : '') ?? [];
  return known({
    at: new Date(now).toISOString(),
    jvagent: about.version,
    node: process.version,
    os: `${platform()} ${release()} ${arch()}`,
    system,
    cores: availableParallelism(),
    memoryMb: Math.round(totalmem() / 2 ** 20),
  });
}

/** What doctor says of the machine; in words only where those are about this program and what it needs. */
async function machinePart(context: Context, scrub: Scrub): Promise<object[]> {
  const findings = await findingsOf(machineChecks(context.settings()));
  const worded = new Set(['node', 'git', 'sandbox']);
  return findings.map(({ id, status, code, what }) =>
    known({ id, status, code: codeOnly(code), what: worded.has(id) ? scrub(what) : undefined }),
  );
}

function agentPart(context: Context, state: AgentState): object {
  const { id } = state;
  const faults = agentFileRows(context.settings(), context.agents(), id);
  const rows = faults.map(({ code, level, line }) => known({ code: codeOnly(code), level, line }));
  if (!('agent' in state)) return { id, isDisabled: true, code: codeOnly(state.refusal.refused), faults: rows };
  return { id, kind: state.agent.kind, faults: rows, config: shownConfig(state.agent.config) };
}

/** Who waits for what, without a title and without a word of why. */
function statusPart({ nodes, platform: { isUp, pausedAt, standstill }, needs, waits, agents }: PlatformStatus): object {
  const entries = (list: PlatformStatus['waits']) =>
    list.map(({ agentId, workItemId, phase, code, since, nextLookAt }) => {
      return known({ agentId, workItemId, phase, code: codeOnly(code), since, nextLookAt });
    });
  return known({
    ...{ nodes: nodes.length, isUp, pausedAt, standstill: codeOnly(standstill?.refused) },
    ...{ needs: entries(needs), waits: entries(waits) },
    agents: agents.map(({ why: _why, warnings: _warnings, code, ...agent }) =>
      known({ ...agent, code: codeOnly(code) }),
    ),
  });
}

export async function supportBundle(context: Context): Promise<object> {
  const { root } = context.settings();
  const folder = join(stateFolderOf(root), 'state');
  const scrub = createScrub({ secrets: secretsIn(root), titles: storedTitles(folder) });
  const status = await viewSource(context).then(
    async (source) => statusPart(await platformView(source)),
    // The bundle is wanted most where the state cannot be opened.
    (error: unknown) => ({ unread: scrub(messageOf(error)) }),
  );
  return {
    about: aboutMachine(context.now()),
    settings: settingsSet(root),
    settingNotes: settingRows(root).map(({ level, line }) => known({ level, line })),
    machine: await machinePart(context, scrub),
    agents: context
      .agents()
      .list()
      .map((state) => agentPart(context, state)),
    status,
    state: statePart(folder, scrub) ?? 'none',
  };
}
