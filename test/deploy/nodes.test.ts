/** The examples for many nodes, held against their formats' schemas and the product: no container engine and no cluster runs here. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IService } from 'kubernetes-models/v1/Service';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { listen } from '../../src/base/http.ts';
import { runProgram } from '../../src/base/program.ts';
import { limits } from '../../src/limits.ts';
import { programEnvironment, readSettings, settingsSchema } from '../../src/settings.ts';
import { freePort } from '../free-port.ts';
import {
  compose,
  composeFaults,
  files,
  kubernetesFaults,
  type Manifest,
  manifest,
  manifests,
  project,
  read,
  valuesOf,
} from './manifests.ts';

const nodesFile = compose('compose.nodes.yaml');
const nodes = Object.entries(nodesFile.services).flatMap(([name, one]) =>
  /^node-/.test(name) ? [{ name, ...one }] : [],
);
const pod = () => {
  const { spec } = manifest<IStatefulSet>('StatefulSet').spec?.template ?? {};
  if (!spec) throw new Error('the StatefulSet has no pods');
  return spec;
};
const program = (name: string) => {
  const found = [...(pod().initContainers ?? []), ...pod().containers].find((one) => one.name === name);
  if (!found) throw new Error(`the pod has no ${name}`);
  return found;
};
const environmentOf = (name: string) =>
  Object.fromEntries((program(name).env ?? []).map((one) => [one.name, one.value ?? '']));

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nodes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('the compose files are what the Compose specification calls one', () => {
  for (const name of ['compose.yaml', 'compose.nodes.yaml']) expect(composeFaults(compose(name))).toEqual([]);
  const wrong = { services: { node: { image: 'jvagent', stop_grace: '120s' } } };
  expect(composeFaults(wrong)).toEqual(['/services/node must NOT have additional properties']);
});

test('the manifests are what Kubernetes calls them, to the last field', async () => {
  const faults = await Promise.all(
    manifests.map(async (one) =>
      (await kubernetesFaults(one)).map((fault) => `${one.kind} ${one.metadata.name}${fault}`),
    ),
  );
  expect(faults.flat()).toEqual([]);
  const wrong = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'x' },
    spec: { maxUnavailabel: 1 },
  };
  expect(await kubernetesFaults(wrong as Manifest)).toEqual(['/spec/maxUnavailabel is no field']);
  const typed = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { ports: [{ port: 'eighty' }] } };
  expect(await kubernetesFaults(typed as unknown as Manifest)).toEqual(['/spec/ports/0/port {"type":"integer"}']);
});

test('every manifest is among those that are applied', () => {
  const { resources } = parse(read('deploy/kubernetes/kustomization.yaml')) as { resources: string[] };
  expect([...resources].sort()).toEqual([...files].sort());
});

test('each name in the environment is a setting, and its value one that it takes', () => {
  const given = [
    ...nodes.map(({ environment = {} }) => environment),
    environmentOf('jvagent'),
    environmentOf('workspace'),
  ];
  expect(given.flatMap((one) => Object.keys(one)).filter((name) => !(name in settingsSchema.shape))).toEqual([]);
  for (const one of given) {
    const DATABASE_URL = one.DATABASE_URL?.replace(/\$\{.*\}/, 'secret');
    const env = { ...one, ...(DATABASE_URL === undefined ? {} : { DATABASE_URL }) };
    expect(readSettings({ env, root: ownFolder() })).not.toHaveProperty('refused');
  }
  const said = [...read('deploy/kubernetes/nodes.yaml').matchAll(/^ *# (DATABASE_URL.+)$/gm)].flatMap(
    ([, names = '']) => [...names.matchAll(/[A-Z]+(?:_[A-Z]+)+/g)].map(([name]) => name),
  );
  expect(said.filter((name) => !(name in settingsSchema.shape))).toEqual([]);
  expect(said).toContain('DATABASE_URL');
});

test('no two nodes of a machine share a port, a name or a volume, and the first has the ports that the settings name', () => {
  const settings = readSettings({ env: {}, root: ownFolder() });
  const usual = { JVAGENT_PORT: /usualPort = (\d+)/.exec(read('src/web/start-platform.ts'))?.[1] };
  const hookPort = 'hookPort' in settings ? String(settings.hookPort) : '';
  expect(nodes[0]?.environment).toMatchObject({ ...usual, JVAGENT_HOOK_PORT: hookPort });
  expect(environmentOf('jvagent')).toMatchObject({ ...usual, JVAGENT_HOOK_PORT: hookPort });
  const ports = nodes.flatMap(({ environment }) => [environment?.JVAGENT_PORT, environment?.JVAGENT_HOOK_PORT]);
  expect(new Set(ports).size).toBe(6);
  expect(nodes.map(({ name, hostname }) => [name, hostname])).toEqual(nodes.map(({ name }) => [name, name]));
  for (const { name, volumes = [] } of nodes) expect(volumes).toContain(`${name}:/workspace`);
  expect(Object.keys(nodesFile.volumes ?? {})).toEqual(['database', ...nodes.map(({ name }) => name)]);
});

test('hooks go to the port of each node, and the relay of a pod to the ports of its own', () => {
  const backends = [...read('deploy/docker/hooks.cfg').matchAll(/server (\S+) 127\.0\.0\.1:(\d+) check/g)];
  expect(backends.map(([, name, port]) => [name, port])).toEqual(
    nodes.map(({ name, environment }) => [name, environment?.JVAGENT_HOOK_PORT]),
  );
  const { JVAGENT_PORT, JVAGENT_HOOK_PORT } = environmentOf('jvagent');
  const relay = read('deploy/kubernetes/relay.cfg');
  expect([...relay.matchAll(/server node 127\.0\.0\.1:(\d+)/g)].map(([, port]) => port)).toEqual([
    JVAGENT_PORT,
    JVAGENT_HOOK_PORT,
  ]);
  expect(relay).toContain(`set-header Host 127.0.0.1:${JVAGENT_PORT}`);
  const bound = [...relay.matchAll(/frontend (\w+)\n {2}bind :(\d+)/g)].map(([, name, port]) => [name, Number(port)]);
  expect((program('relay').ports ?? []).map(({ name, containerPort }) => [name, containerPort])).toEqual(bound);
  const targets = ['jvagent-hooks', 'jvagent-nodes'].flatMap(
    (name) => manifest<IService>('Service', name).spec?.ports ?? [],
  );
  expect(targets.map(({ targetPort }) => targetPort)).toEqual(['hooks', 'numbers']);
});

test('a node has longer to stop than a lease lasts', () => {
  for (const { stop_grace_period: grace } of nodes) {
    expect(Number(/^(\d+)s$/.exec(grace ?? '')?.[1])).toBeGreaterThan(limits.leaseSeconds);
  }
  expect(pod().terminationGracePeriodSeconds).toBeGreaterThan(limits.leaseSeconds);
});

test('a node runs as in the example of one: same doors for bubblewrap, same image', () => {
  const one = compose('compose.yaml').services.jvagent;
  for (const node of nodes) {
    const { build, image, network_mode, init, restart, read_only, tmpfs, cap_drop, security_opt } = node;
    expect(one).toMatchObject({ build, image, network_mode, init, restart, read_only, tmpfs, cap_drop, security_opt });
    expect(existsSync(join(project, 'deploy/docker', build?.context ?? '', build?.dockerfile ?? ''))).toBe(true);
  }
  expect(existsSync(join(project, 'deploy/docker/hooks.cfg'))).toBe(true);
  const [, said = ''] = /^\| Kubernetes \| (.+) \|$/m.exec(read('docs/run.md')) ?? [];
  const { securityContext } = program('jvagent');
  for (const words of [
    'procMount: Unmasked',
    'seccompProfile: {type: Unconfined}',
    'appArmorProfile: {type: Unconfined}',
  ]) {
    expect(said).toContain(words);
    const [name = '', value] = Object.entries(parse(words) as Record<string, unknown>)[0] ?? [];
    expect(securityContext).toMatchObject({ [name]: value });
  }
  expect(said).toContain('hostUsers: false');
  expect(pod()).toMatchObject({ hostUsers: false, securityContext: { runAsNonRoot: true, runAsUser: 10_001 } });
  expect(read('deploy/docker/Dockerfile')).toContain('useradd --system --uid 10001');
  expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
});

test('nothing of the cluster reaches the settings of a node', () => {
  expect(pod()).toMatchObject({ enableServiceLinks: false, automountServiceAccountToken: false });
});

test('when machines are drained, at least one node stays, and budget, services and scaling mean the same pods', () => {
  const budget = manifest<IPodDisruptionBudget>('PodDisruptionBudget').spec;
  const scaling = manifest<IHorizontalPodAutoscaler>('HorizontalPodAutoscaler').spec;
  expect((scaling?.minReplicas ?? 1) - Number(budget?.maxUnavailable)).toBeGreaterThanOrEqual(1);
  const { spec, metadata } = manifest<IStatefulSet>('StatefulSet') as IStatefulSet & Manifest;
  const labels = spec?.template.metadata?.labels;
  expect(budget?.selector?.matchLabels).toEqual(labels);
  expect(spec?.selector.matchLabels).toEqual(labels);
  for (const name of ['jvagent-hooks', spec?.serviceName]) {
    expect(manifest<IService>('Service', name).spec?.selector).toEqual(labels);
  }
  expect(scaling?.scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'StatefulSet', name: metadata.name });
});

test('as many nodes as it makes fit the connections that PostgreSQL takes by default', () => {
  const { maxReplicas = 0 } = manifest<IHorizontalPodAutoscaler>('HorizontalPodAutoscaler').spec ?? {};
  // Without those that it keeps for its administrators; one more is for a command.
  expect(maxReplicas * (limits.databaseConnectionsMax + 1)).toBeLessThanOrEqual(100 - 3 - 1);
});

test('it scales by a number that the platform tells, and before the workers of a node are all busy', () => {
  const [metric] = manifest<IHorizontalPodAutoscaler>('HorizontalPodAutoscaler').spec?.metrics ?? [];
  const { metric: named, target } = metric?.external ?? {};
  // test/ops/watch-page.test.ts holds that page against the numbers themselves.
  expect(read('docs/watch.md')).toContain(`| \`${named?.name}\` | | turns that run now`);
  expect(read('docs/nodes.md')).toContain(`{__name__="${named?.name}",`);
  expect(Number(target?.averageValue)).toBeLessThan(limits.workersMax);
});

test('each volume that is mounted is there, and the map of the relay has the file that its image reads', () => {
  const { volumeClaimTemplates = [] } = manifest<IStatefulSet>('StatefulSet').spec ?? {};
  const volumes = [...(pod().volumes ?? []), ...volumeClaimTemplates.map(({ metadata }) => metadata ?? {})];
  const mounts = ['workspace', 'jvagent', 'relay'].flatMap((name) => program(name).volumeMounts ?? []);
  expect([...new Set(mounts.map(({ name }) => name))].sort()).toEqual(volumes.map(({ name }) => name).sort());
  const { configMapGenerator } = parse(read('deploy/kubernetes/kustomization.yaml')) as {
    configMapGenerator: { name: string; files: string[] }[];
  };
  expect(configMapGenerator).toEqual([{ name: 'jvagent-relay', files: ['haproxy.cfg=relay.cfg'] }]);
  expect(pod().volumes).toContainEqual({ name: 'relay', configMap: { name: 'jvagent-relay' } });
});

/** Runs a script of the files as their container would, with folders of this test in place of its own. */
async function fill(script: string, configuration: string, root: string): Promise<void> {
  const text = script
    .replaceAll('$$', '$')
    .replaceAll('/configuration', configuration)
    .replace(/^exec .*$/m, '');
  const env = { ...programEnvironment(), JVAGENT_ROOT: root };
  const { code, stderr } = await runProgram({ file: '/bin/sh', args: ['-euc', text], env, timeoutMs: 60_000 });
  expect({ code, stderr: stderr.toString() }).toEqual({ code: 0, stderr: '' });
}

function writeFiles(root: string, texts: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text, { mode: 0o644 });
  }
}

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name).slice(folder.length + 1)] : []))
    .sort();

test.each(['compose', 'kubernetes'])(
  'by %s a node gets the present files of agents, and keeps state and notes',
  async (by) => {
    const [source, root] = [ownFolder(), ownFolder()];
    writeFiles(source, {
      '.env': 'A=1\n',
      'docs/jvAgent.json': '{}',
      'docs/secrets.env': 'B=2\n',
      'docs/memory/notes.md': 'old',
      '.jvagent/state/of-another-node': '',
    });
    writeFiles(root, {
      'docs/jvAgent.json': '{"old": true}',
      'docs/memory/notes.md': 'new',
      'gone/jvAgent.json': '{}',
      '.jvagent/state/mine': '',
      'backups/mine.db': '',
    });
    if (by === 'compose') {
      await fill(nodes[0]?.entrypoint?.[2] ?? '', source, root);
    } else {
      const packed = ownFolder();
      const args = ['-C', source, '-czf', join(packed, 'workspace.tar.gz'), '.'];
      expect(await runProgram({ file: 'tar', args, env: programEnvironment(), timeoutMs: 60_000 })).toMatchObject({
        code: 0,
      });
      await fill(program('workspace').command?.[2] ?? '', packed, root);
    }
    const expected = [
      '.env',
      '.jvagent/state/mine',
      'backups/mine.db',
      'docs/jvAgent.json',
      'docs/memory/notes.md',
      'docs/secrets.env',
    ];
    expect(filesBelow(root)).toEqual(expected);
    expect(readFileSync(join(root, 'docs/jvAgent.json'), 'utf8')).toBe('{}');
    expect(readFileSync(join(root, 'docs/memory/notes.md'), 'utf8')).toBe('new');
    for (const path of ['.env', 'docs/secrets.env']) expect(statSync(join(root, path)).mode & 0o777).toBe(0o600);
  },
);

/** Where the image of the machine's maker, or the administrator, puts it. */
const kubectl = ['/usr/bin/kubectl', '/usr/local/bin/kubectl'].find((path) => existsSync(path));

test('kubectl builds the manifests, with the map of the relay under the name that the pods look for', async ({
  skip,
}) => {
  if (kubectl === undefined) return skip('this machine has no kubectl');
  const args = ['kustomize', join(project, 'deploy/kubernetes')];
  const { code, stdout } = await runProgram({ file: kubectl, args, env: programEnvironment(), timeoutMs: 60_000 });
  expect(code).toBe(0);
  const built = valuesOf(stdout.toString()) as Manifest[];
  expect(built.map(({ kind }) => kind).sort()).toEqual([...manifests.map(({ kind }) => kind), 'ConfigMap'].sort());
  const map = built.find(({ kind }) => kind === 'ConfigMap');
  const nodes = built.find(({ kind }) => kind === 'StatefulSet') as IStatefulSet | undefined;
  expect(nodes?.spec?.template.spec?.volumes).toContainEqual({
    name: 'relay',
    configMap: { name: map?.metadata.name },
  });
  expect((await Promise.all(built.map(kubernetesFaults))).flat()).toEqual([]);
});

test('a pod is started again only if its node answers nothing: a node without its database goes on', async () => {
  const { livenessProbe, startupProbe } = program('jvagent');
  expect(startupProbe?.exec).toEqual(livenessProbe?.exec);
  const [file, ...args] = livenessProbe?.exec?.command ?? [];
  expect(file).toBe('node');
  const { port, close } = await listen(() => new Response('no work is being taken\n', { status: 503 }));
  onTestFinished(close);
  const works = async (at: number) => {
    const env = { ...programEnvironment(), JVAGENT_PORT: String(at) };
    return (await runProgram({ file: process.execPath, args, env, timeoutMs: 60_000 })).code === 0;
  };
  expect(await works(port)).toBe(true);
  expect(await works(await freePort())).toBe(false);
  // Longer than a lease: a slow machine loses turns before it loses the pod.
  const { periodSeconds = 0, failureThreshold = 0 } = livenessProbe ?? {};
  expect(periodSeconds * failureThreshold).toBeGreaterThan(limits.leaseSeconds);
});
