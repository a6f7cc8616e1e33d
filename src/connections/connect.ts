/** Creates one agent's connectors with its secrets: the only place where secret values are unwrapped. */
import { join } from 'node:path';
import type { Agent, CodeChangeAgent, ConversationAgent } from '../agents/agent.ts';
import { checkUrls, linkHostsOf } from '../agents/outside-urls.ts';
import { missingSecret, type Secrets } from '../agents/secrets/secrets.ts';
import type { Clock } from '../base/clock.ts';
import type { Redact } from '../base/redact.ts';
import { codeHostOf } from '../connectors/code-host-of.ts';
import type { HttpSettings } from '../connectors/http/http-client.ts';
import { createPaces, type Paces } from '../connectors/http/pace.ts';
import { createInstance, type InstanceConnector } from '../connectors/instance.ts';
import { type TrackerOf, trackerOf } from '../connectors/tracker-of.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import { limits } from '../limits.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import { type Registry, registryOf } from '../sandbox/registry.ts';
import type { CodeHost } from '../work-items/code-host.ts';
import { hidingCodeHost, hidingTracker } from './ways-out.ts';

export interface ConnectOptions<A extends Agent = CodeChangeAgent> {
  agent: A;
  secrets: Secrets;
  redact: Redact;
  clock: Clock;
  /** The folder of this agent's bare repository. */
  repositoryFolder: string;
  allowLoopback: boolean;
  outbound: Outbound;
  /** Instead of the usual: how long and how often the tracker and the instance are asked, and the paces. */
  http?: Pick<HttpSettings, 'limits' | 'paces'>;
}

/** The outside systems of a code change agent. */
export interface Connections extends TrackerOf {
  /** How its systems are asked over HTTP. */
  http: HttpSettings;
  /** The hosts that our posted texts may link to. */
  linkHosts: string[];
  codeHost: CodeHost;
  repository: Repository;
  instance: InstanceConnector | undefined;
  /** The package registries. */
  registries: Registry[];
}

/** Refuses an agent whose blocks need a missing secret, or one that mixes emulators with real systems. */
export async function connect(options: ConnectOptions): Promise<Connections | Refusal> {
  const { agent, secrets, redact, allowLoopback, outbound } = options;
  const { devops, git } = agent;
  const { remote } = agent.locations;
  const secret = (name: string) => secrets.get(name)?.reveal();
  const http = httpOf(options);
  const board = trackerOf({ agent, secret, http }, devops);
  if (isRefusal(board)) return board;
  const gitToken = secret('GIT_TOKEN');
  if (!gitToken) return missingSecret(agent, 'GIT_TOKEN');
  if (!remote) return missingSecret(agent, 'GIT_REMOTE');
  const mixed = checkUrls(agent, allowLoopback);
  if (mixed) return mixed;
  const codeHost = await codeHostOf(agent, { token: gitToken, hasTracker: board.hasCode, http });
  if (isRefusal(codeHost)) return codeHost;
  const repository = await openRepository({
    folder: options.repositoryFolder,
    remote: { url: remote, token: gitToken, outbound },
    targetBranch: git.customerBranch,
    branchPrefix: git.branchPrefix,
    protectedBranches: git.protectedBranches,
    allowLoopback,
    seedFrom: git.repo,
  });
  if (isRefusal(repository)) return repository;
  const registries = connectRegistries(agent, secret);
  if (isRefusal(registries)) return registries;
  return {
    ...board,
    http,
    tracker: hidingTracker(board.tracker, redact),
    linkHosts: linkHostsOf(agent),
    codeHost: hidingCodeHost(codeHost, redact),
    repository,
    registries,
    instance: instanceOf(options, http),
  };
}

const outsideFolder = (repositoryFolder: string) => join(repositoryFolder, 'outside');

/** The paces of the agent's tokens, which outlive the process; `told` hears of each pause that a system asks for. */
export function pacesIn(repositoryFolder: string, clock: Clock, told?: (system: string, ms: number) => void): Paces {
  return createPaces(clock, join(outsideFolder(repositoryFolder), 'pauses.json'), told);
}

/** How the agent's systems are asked over HTTP: at one pace for each token. */
function httpOf({ clock, redact, allowLoopback, outbound, http, repositoryFolder }: ConnectOptions<Agent>) {
  return {
    clock,
    redact,
    perMinute: allowLoopback ? limits.loopbackRequestsPerMinuteMax : undefined,
    ask: outbound.ask,
    fetch: outbound.fetch,
    answersFolder: join(outsideFolder(repositoryFolder), 'answers'),
    paces: pacesIn(repositoryFolder, clock),
    ...http,
  };
}

function instanceOf({ agent: { instance }, secrets }: ConnectOptions<Agent>, http: HttpSettings) {
  const urlSetting = secrets.has('INSTANCE_URL') ? 'INSTANCE_URL' : 'instance.url';
  const token = secrets.get('INSTANCE_API_TOKEN')?.reveal() ?? '';
  return instance && createInstance({ ...instance, urlSetting, token, http });
}

/** The instance of an agent without a board, if it has one; refuses one that mixes emulators with real systems. */
export function connectInstance(options: ConnectOptions<ConversationAgent>): InstanceConnector | Refusal | undefined {
  return checkUrls(options.agent, options.allowLoopback) ?? instanceOf(options, httpOf(options));
}

function connectRegistries(agent: Agent, secret: (name: string) => string | undefined): Registry[] | Refusal {
  const { registries } = agent.config.sandbox;
  const without = registries.find(({ tokenSecret }) => !secret(tokenSecret));
  if (without) return missingSecret(agent, without.tokenSecret);
  return registries.map(({ host, tokenSecret }) => registryOf(host, secret(tokenSecret) ?? ''));
}
