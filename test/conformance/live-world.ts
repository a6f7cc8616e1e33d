/** Empty systems on loopback for the live kit, each with one token that may change it, and faults for all of them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createAzureDevOps } from '../../emulators/azure-devops/azure-devops.ts';
import { createFaults } from '../../emulators/control/faults.ts';
import { demoSource } from '../../emulators/demo-repository/model-script.ts';
import { seedRepository } from '../../emulators/demo-repository/seed.ts';
import { createGitHttp } from '../../emulators/git-http/git-http.ts';
import { openRepository } from '../../emulators/git-http/repository.ts';
import { createGitHub } from '../../emulators/github/github.ts';
import { gitRepositoryOf } from '../../emulators/github/hosted.ts';
import { createInstance } from '../../emulators/instance/instance.ts';
import { openSlack } from '../../emulators/slack/open-slack.ts';
import { createSlackPerson } from '../../emulators/slack/person.ts';
import { createSlack } from '../../emulators/slack/slack.ts';
import { listen } from '../../src/base/http.ts';
import { openOutbound } from '../../src/outbound/outbound.ts';
import { type RunOptions, runLive } from '../live/run.ts';
import { readLiveSettings } from '../live/settings.ts';

export const project = 'AcmeLive';

const people = (['agent', 'engineer'] as const).map((role) => ({
  name: role,
  mail: `${role}@acme.test`,
  pat: `acme-${role}-pat-0123456789`,
  role,
}));

const may = { contents: 'write', pullRequests: 'write' } as const;
const hubAgent = {
  login: 'acme-agent',
  name: 'agent',
  email: 'agent@acme.test',
  token: 'ghp_0123456789-of-acme',
  ...may,
};

export async function startLiveWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'live-world-'));
  const faults = createFaults();
  const directory = (host: string) => join(folder, `${host}.git`);
  for (const host of ['azure', 'github']) {
    await seedRepository({ directory: directory(host), source: demoSource, branches: ['main'] });
  }
  const repositories = [{ name: 'app', directory: directory('azure') }];
  const azure = createAzureDevOps({ tenants: [{ organization: 'acme', project, people, repositories }] });
  const hub = { owner: 'acme', repository: 'app', directory: directory('github'), people: { agent: hubAgent } };
  const boards = await listen(faults.wrap('azureDevOps', azure.fetch));
  const github = await listen(faults.wrap('github', createGitHub({ tenants: [hub] }).fetch));
  const git = await listen(faults.wrap('git', createGitHttp({ repositories: [gitRepositoryOf(hub)] })));
  const slack = createSlack();
  const slackListener = await openSlack(slack, faults);
  const channel = slack.addChannel({ name: 'jvagent-live', members: ['U0ACMEERIN'] });
  const instance = createInstance({ name: 'acme', token: 'of-the-instance-0123456789', commit: 'a'.repeat(40) });
  const product = await listen(faults.wrap('instance', instance.fetch));
  onTestFinished(async () => {
    slack.close();
    await Promise.all([boards, github, git, slackListener, product].map((listener) => listener.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  const file = join(folder, 'live.env');
  const board: Record<string, string> = {
    AZDO_URL: boards.url,
    AZDO_ORG: 'acme',
    AZDO_PROJECT: project,
    AZDO_PAT: people[0]?.pat ?? '',
  };
  const repos = { ...board, GIT_REMOTE: `${boards.url}/acme/${project}/_git/app`, GIT_TOKEN: people[0]?.pat ?? '' };
  const hosted = { GIT_REMOTE: `${git.url}/acme/app.git`, GIT_TOKEN: hubAgent.token, GIT_API_URL: github.url };
  const others = {
    SLACK_API_URL: `${slackListener.url}/api/`,
    SLACK_BOT_TOKEN: slack.app().botToken,
    SLACK_APP_TOKEN: slack.app().appToken,
    SLACK_CHANNEL: channel.id,
    INSTANCE_URL: product.url,
    INSTANCE_API_TOKEN: 'of-the-instance-0123456789',
  };
  /** Writes the private file, by default with the board alone. */
  function write(values: Readonly<Record<string, string>> = board, mode = 0o600): string {
    const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
    rmSync(file, { force: true });
    writeFileSync(file, lines.join(''), { mode });
    return file;
  }

  /** What a person does on the board by hand. */
  async function byHand(method: string, path: string, fields: Readonly<Record<string, unknown>>) {
    const operations = Object.entries(fields).map(([name, value]) => {
      return { op: 'replace', path: `/fields/${name}`, value };
    });
    const response = await fetch(`${boards.url}/acme/${path}?api-version=7.1`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`:${people[1]?.pat}`).toString('base64')}`,
        'content-type': 'application/json-patch+json',
      },
      body: JSON.stringify(operations),
    });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as { id: number };
  }

  const fieldsOf = (name: string) =>
    azure
      .tenant('acme')
      .items()
      .map(({ revisions }) => String(revisions.at(-1)?.fields[name] ?? ''));

  return {
    faults,
    board,
    repos,
    github: { ...board, ...hosted },
    /** Slack and the instance. */
    others,
    instance,
    /** What stands in the channel. */
    messages: () => channel.messages.map(({ text }) => text),
    person: createSlackPerson({ slack }, { user: 'erin' }),
    channel: channel.id,
    /** Lets another company into the channel. */
    share: () => {
      channel.isExtShared = true;
    },
    /** The branches of one of the two repositories. */
    branches: async (host: 'azure' | 'github') => [...(await openRepository(directory(host)).branches()).keys()],
    /** The commit of its default branch. */
    head: async (host: 'azure' | 'github') => (await openRepository(directory(host)).branches()).get('main'),
    /** A branch of somebody else's at the first commit. */
    async branch(host: 'azure' | 'github', name: string) {
      const repository = openRepository(directory(host));
      await repository.moveBranch(name, undefined, (await repository.branches()).get('main'));
    },
    write,
    file: (title: string) => byHand('POST', `${project}/_apis/wit/workItems/$Bug`, { 'System.Title': title }),
    set: (id: number, fields: Readonly<Record<string, unknown>>) =>
      byHand('PATCH', `_apis/wit/workItems/${id}`, fields),
    /** Titles of the work items that are there. */
    titles: () => fieldsOf('System.Title'),
    tags: () => fieldsOf('System.Tags'),
    /** The kit on the file as it is, its notes, and what it made of it. */
    async run(more: Partial<RunOptions> = {}) {
      const notes: string[] = [];
      const report = await runLive({
        settings: readLiveSettings(file),
        outbound: openOutbound({ noProxy: '', authorities: [] }),
        typed: async () => project,
        note: (text) => void notes.push(text),
        stop: new AbortController().signal,
        ...more,
      });
      return { report, notes };
    },
    /** Requests that could change something, but for reads that are a POST. */
    changes: () =>
      faults.requests().filter(({ method, path }) => method !== 'GET' && !/\/wit\/(wiql|workitemsbatch)/i.test(path)),
  };
}
