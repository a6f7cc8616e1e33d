/** What an agent and its programs may reach and read, and which people decide for it: by the words of its files. */
import type { Agent } from '../agents/agent.ts';
import { whoMayApprove } from '../work-items/gate/rules.ts';

/** Some of an agent's configuration, by the name of its field; an address or a name each. */
export interface Named {
  readonly name: string;
  readonly values: readonly string[];
}

/** Only what is set. */
const named = (entries: readonly (readonly [string, readonly (string | undefined)[] | undefined])[]): Named[] =>
  entries.flatMap(([name, values = []]) => {
    const set = values.filter((value) => value !== undefined);
    return set.length === 0 ? [] : [{ name, values: set }];
  });

const lead = (name: string, text: string | undefined) => (text === undefined ? undefined : `${name} ${text}`);

export function reachOf({ config, locations, instance }: Agent): Named[] {
  const { devops, git, sandbox, slack, email } = config;
  const { organization, project, remote } = locations;
  const items = devops && [
    [organization, project].filter(Boolean).join('/'),
    lead('area', devops.areaPath),
    lead('tag', devops.requiredTag),
    ...(devops.workItemTypes ?? []).map((type) => `type ${type}`),
  ];
  return named([
    ['Board', items],
    ['Repository', git && [remote ?? git.apiUrl]],
    ['Branches', git && [`${git.branchPrefix}* to ${git.customerBranch}`]],
    ['Paths that a change may touch', git && (git.paths ?? ['all that are not closed'])],
    ['Set-up', [git?.setupCommand]],
    ['Tests', [git?.testCommand]],
    ['Instance', [instance?.url]],
    ['Paths that it may propose writes to', config.instance?.writePaths],
    [`Hosts of ${sandbox.domainsInTurn ? 'set-up, tests and the engine' : 'set-up and tests'}`, sandbox.domains],
    ['Registries', sandbox.registries.map(({ host }) => host)],
    ['Folders that the engine reads', config.workDirs],
    ['Folders that the engine, set-up and tests read', sandbox.readOnly],
    ['Hosts of its own tools', config.toolDomains],
    ['Channels of Slack', slack?.channels],
    ['Mail to', email?.to],
    ['Agents outside its branch', config.canMessage],
  ]);
}

export function peopleOf({ config: { devops, approval, instance, slack } }: Agent): Named[] {
  const { notRequester } = approval;
  const mayOf = ({ person, may }: { person: string; may: readonly string[] }) =>
    `${person} may ${['ask', ...may].join(', ')}`;
  return named([
    ['Plans are approved by', devops && [whoMayApprove({ approvers: devops.approvers, notRequester })]],
    ['Changes of the instance are confirmed in Slack by', instance?.confirmers],
    ['People in Slack', Object.values(slack?.people ?? {}).map(mayOf)],
  ]);
}
