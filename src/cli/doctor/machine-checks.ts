/** Checks what the machine and the platform's settings need, independent of the agents. */
import { runProgram } from '../../base/program.ts';
import { type Check, fail, type Verdict, warn } from '../../checks/finding.ts';
import type { Settings } from '../../settings.ts';
import { programEnvironment } from '../../settings.ts';
import { checkSandbox, withoutSharedKey } from '../../supervisor/node-checks.ts';

const nodeMajorMin = 24;

function node(): Verdict {
  const major = Number(process.versions.node.split('.')[0]);
  const what = `Node ${process.versions.node}`;
  return major >= nodeMajorMin ? what : fail(what, `Use Node ${nodeMajorMin} or later. ./jvagent does that by itself.`);
}

async function git(): Promise<Verdict> {
  const asked = { file: '/usr/bin/git', args: ['--version'], env: programEnvironment(), timeoutMs: 10_000 };
  const { code, stdout } = await runProgram(asked);
  return code === 0 ? stdout.toString().trim() : fail('git does not start', 'Install git as /usr/bin/git.');
}

/** The way to other systems, without the proxy's password. */
function network({ outbound }: Settings): Verdict {
  const { httpsProxy, httpProxy, noProxy, authorities, authorityFile } = outbound;
  const proxies = Object.entries({ https: httpsProxy, http: httpProxy }).flatMap(([protocol, url]) =>
    url ? [`${protocol} goes through the proxy ${new URL(url).host}`] : [],
  );
  const around = proxies.length > 0 && noProxy ? [`NO_PROXY is ${noProxy}`] : [];
  const [count, isOne] = [authorities.length, authorities.length === 1];
  const trusted = `${isOne ? 'certificate' : 'certificates'} of ${authorityFile} ${isOne ? 'is' : 'are'} trusted too`;
  const more = count > 0 ? [`${count} ${trusted}`] : [];
  return [...(proxies.length > 0 ? proxies : ['no proxy is set']), ...around, ...more].join('; ');
}

async function sandbox({ sandboxUid }: Settings): Promise<Verdict> {
  return (await checkSandbox(sandboxUid)) ?? 'the sandbox is closed: its probes found no way out';
}

function modelKey({ anthropicApiKey }: Settings): Verdict {
  if (anthropicApiKey) return 'ANTHROPIC_API_KEY is set';
  const fix = 'Set ANTHROPIC_API_KEY in .env of the workspace, or MODEL_API_KEY in secrets.env of each agent.';
  return warn('ANTHROPIC_API_KEY is not set', fix);
}

/** A line for `.env` with a new token, whether or not that file is there and ends with a line. */
const adding = (name: string) =>
  `(umask 077; printf '\\n${name}=%s\\n' "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')" >> .env)`;

function dashboard({ apiToken, viewToken }: Settings): Verdict | Verdict[] {
  const missing = (name: string, what: string) =>
    warn(`${name} is not set, so ${what}`, `Run in the workspace, then start the platform again: ${adding(name)}`);
  const found = [
    ...(apiToken ? [] : [missing('JVAGENT_API_TOKEN', 'nobody can operate on the dashboard')]),
    ...(viewToken ? [] : [missing('JVAGENT_VIEW_TOKEN', 'nobody can be let in to look alone')]),
  ];
  return found.length > 0 ? found : 'JVAGENT_API_TOKEN and JVAGENT_VIEW_TOKEN are set';
}

function hookKey(settings: Settings): Verdict {
  const set = settings.hookKey ? 'JVAGENT_HOOK_KEY is set' : 'JVAGENT_HOOK_KEY is not set, so no webhook is taken';
  return withoutSharedKey(settings) ?? set;
}

export function machineChecks(settings: Settings): Check[] {
  return [
    { id: 'node', look: node },
    { id: 'git', look: git },
    { id: 'network', look: () => network(settings) },
    { id: 'sandbox', look: () => sandbox(settings) },
    { id: 'model-key', look: () => modelKey(settings) },
    { id: 'dashboard', look: () => dashboard(settings) },
    { id: 'hook-key', look: () => hookKey(settings) },
  ];
}
