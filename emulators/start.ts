/**
 * Starts all emulators on loopback: boards, code, instances and the model for two customers, and the control API.
 *
 * Each has its own port; `control` records every request and can make it fail.
 */
import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { type Clock, systemClock } from '../src/base/clock.ts';
import { type Listener, listen, type Respond } from '../src/base/http.ts';
import { createAnthropic } from './anthropic/anthropic.ts';
import type { Script } from './anthropic/script.ts';
import { type AzureDevOps, createAzureDevOps } from './azure-devops/azure-devops.ts';
import { createControl } from './control/control.ts';
import { createHookSender, type HookSender } from './control/deliver.ts';
import { createFaults, type Faults, type Target } from './control/faults.ts';
import { seedRepository } from './demo-repository/seed.ts';
import { createGitHttp } from './git-http/git-http.ts';
import { createGitHub, type GitHub } from './github/github.ts';
import { gitRepositoryOf } from './github/hosted.ts';
import { createInstance, type Instance } from './instance/instance.ts';
import { openSlack } from './slack/open-slack.ts';
import { createSlack, type Slack, type Times } from './slack/slack.ts';
import {
  boardsOf,
  branchOf,
  codeOf,
  customerOf,
  directoryOf,
  newSecrets,
  projectOf,
  type TenantName,
  type TenantSecrets,
  tenantNames,
} from './tenants.ts';

export interface StartOptions {
  /** The folder for the bare repositories. */
  folder: string;
  /** The files or git repository that every tenant's repository is created from. */
  source: string;
  script: Script;
  clock?: Clock;
  /** How long each step of a deployment takes, in milliseconds. */
  deploymentStepMs?: number;
  /** How long Slack waits for apps, and before it sends an event again. */
  slackTimes?: Partial<Times>;
  /** Where to listen, by the names of `portsOf`; a port that is taken or not named becomes any free one. */
  ports?: Readonly<Record<string, number>>;
}

export interface TenantPlace {
  secrets: TenantSecrets;
  /** The path of the bare repository. */
  directory: string;
  /** `owner/name` at the code host. */
  repository: string;
  /** The url to fetch from and push to. */
  remote: string;
  /** The same bare repository, served by Azure Repos to the PATs of the tenant's people. */
  azureRepos: { remote: string; repository: string };
  /** The first commit of its branches and its instance. */
  commit: string;
  instanceUrl: string;
  instance: Instance;
}

export interface Emulators {
  azureDevOps: AzureDevOps;
  github: GitHub;
  slack: Slack;
  faults: Faults;
  /** Sends the hooks of boards and code hosts. */
  hooks: HookSender;
  urls: Record<'azureDevOps' | 'github' | 'git' | 'slack' | 'anthropic' | 'control', string>;
  tenants: Record<TenantName, TenantPlace>;
  close(): Promise<void>;
}

const instanceName = (tenant: TenantName) => `instance ${tenant}`;

/** The customer's product, with some settings to change. */
const productOf = (tenant: TenantName) => ({
  name: customerOf(tenant),
  config: { timeout: 30, 'mail/from': `shop@${tenant}.example.com` },
});

const firstSegment = (request: Request) => new URL(request.url).pathname.split('/')[1] ?? '';
const ownerInPath = (request: Request) => /^\/(?:repos\/)?([^/]+)/.exec(new URL(request.url).pathname)?.[1] ?? '';

export async function startEmulators(options: StartOptions): Promise<Emulators> {
  const { folder, source, script, clock = systemClock, deploymentStepMs = 50, slackTimes = {}, ports = {} } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const faults = createFaults({ clock });
  const listeners: Listener[] = [];
  async function open(name: string, respond: Respond): Promise<string> {
    const listener = await listen(respond, { port: ports[name] ?? 0, orAnother: true });
    listeners.push(listener);
    return listener.url;
  }
  const serve = (target: Target, respond: Respond, tenantOf?: (request: Request) => string, name: string = target) =>
    open(name, faults.wrap(target, respond, tenantOf));

  const name = basename(source).replace(/[^A-Za-z0-9._-]/g, '-');
  const secrets = { acme: newSecrets(), globex: newSecrets() };
  const code = tenantNames.map((tenant) => codeOf(tenant, folder, name, secrets[tenant]));
  const organizations = tenantNames.map((tenant) => boardsOf(tenant, folder, name, secrets[tenant]));
  const hooks = createHookSender({ clock });
  const boards = createAzureDevOps({ tenants: organizations, clock, hooks });
  const github = createGitHub({ tenants: code, clock, hooks });
  const model = createAnthropic({ script, clock });
  const slack = createSlack({ clock, times: slackTimes });
  const gitUrl = await serve('git', createGitHttp({ repositories: code.map(gitRepositoryOf) }), firstSegment);
  const boardsUrl = await serve('azureDevOps', boards.fetch, firstSegment);

  const slackListener = await openSlack(slack, faults, ports.slack);
  listeners.push(slackListener);

  async function openTenant(tenant: TenantName): Promise<TenantPlace> {
    const directory = directoryOf(folder, tenant, name);
    const { commit } = await seedRepository({ directory, source, branches: ['main', branchOf(tenant)] });
    const token = secrets[tenant].instanceToken;
    const instance = createInstance({ ...productOf(tenant), token, commit, clock, stepMs: deploymentStepMs });
    const instanceUrl = await serve('instance', instance.fetch, () => tenant, instanceName(tenant));
    const repository = `${tenant}/${name}`;
    const remote = `${gitUrl}/${repository}.git`;
    const azureRepos = { remote: `${boardsUrl}/${tenant}/${projectOf(tenant)}/_git/${name}`, repository: name };
    return { secrets: secrets[tenant], directory, repository, remote, azureRepos, commit, instanceUrl, instance };
  }

  const tenants = { acme: await openTenant('acme'), globex: await openTenant('globex') };
  const urls = {
    azureDevOps: boardsUrl,
    github: await serve('github', github.fetch, ownerInPath),
    git: gitUrl,
    slack: slackListener.url,
    anthropic: await serve('anthropic', model.handler),
    control: '',
  };
  const controls = createControl({ faults, azureDevOps: boards, github, slack, setModelScript: model.setScript });
  urls.control = await open('control', controls);
  return {
    azureDevOps: boards,
    github,
    slack,
    faults,
    hooks,
    urls,
    tenants,
    async close() {
      hooks.close();
      slack.close();
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}

/** The port of each emulator by its name, to start again at the same addresses. */
export function portsOf({ urls, tenants }: Emulators): Record<string, number> {
  const instances = tenantNames.map((tenant) => [instanceName(tenant), tenants[tenant].instanceUrl]);
  const all = [...Object.entries(urls), ...instances];
  return Object.fromEntries(all.map(([name, url = '']) => [name, Number(new URL(url).port)]));
}

/** What an app needs to know of Slack, and its channels and people by name. */
function slackAddress({ app, state }: Slack, name = 'default') {
  const { team, botToken, appToken, signingSecret } = app(name);
  const channels = state.channels.filter((channel) => channel.team === team && channel.kind !== 'im');
  const people = state.users.filter((user) => user.team === team && !user.isBot);
  return {
    apiUrl: `${state.baseUrl()}/api/`,
    pageUrl: `${state.baseUrl()}/`,
    team,
    botToken,
    appToken,
    signingSecret,
    channels: Object.fromEntries(channels.map((channel) => [channel.name, channel.id])),
    people: Object.fromEntries(people.map((user) => [user.name, user.id])),
  };
}

/** All addresses, as `jvagent emulate --json` prints them. */
export function addressesOf({ urls, tenants, slack }: Emulators) {
  const each = <T>(of: (place: TenantPlace, tenant: TenantName) => T) =>
    Object.fromEntries(tenantNames.map((tenant) => [tenant, of(tenants[tenant], tenant)]));
  return {
    azureDevOps: {
      url: urls.azureDevOps,
      tenants: each(({ secrets, azureRepos }, tenant) => ({
        organization: tenant,
        project: projectOf(tenant),
        pats: secrets.pats,
        azureRepos,
      })),
    },
    github: {
      apiUrl: urls.github,
      tenants: each(({ remote, repository, secrets }) => ({ remote, repository, tokens: secrets.gitTokens })),
    },
    instance: {
      tenants: each(({ instanceUrl, secrets }) => ({ url: instanceUrl, token: secrets.instanceToken })),
    },
    slack: { ...slackAddress(slack), apps: { globex: slackAddress(slack, 'globex') } },
    anthropic: { url: urls.anthropic },
    control: { url: urls.control },
  };
}
