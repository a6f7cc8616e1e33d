/** What a person has answered about a new agent so far, and the agent that follows from it. */
import { isLoopbackUrl } from '../../agents/config/forms.ts';
import type { Provider } from '../../agents/provider.ts';
import { known } from '../../base/known.ts';
import type { StateMapping } from '../../work-items/phase.ts';
import type { DraftOptions } from './draft.ts';

/** Every field but the id may be unanswered: then the template's value stays, to be filled in later. */
export interface Answers {
  readonly id: string;
  readonly board?: { readonly organization: string; readonly baseUrl?: string | undefined };
  readonly project?: string;
  readonly workItemTypes?: readonly string[];
  readonly stateMapping?: StateMapping;
  readonly approvers?: readonly string[];
  readonly repository?: {
    readonly remote: string;
    readonly provider?: Provider | undefined;
    readonly apiUrl?: string | undefined;
  };
  readonly customerBranch?: string;
  readonly branchPrefix?: string;
  /** Empty if there are no tests. */
  readonly testCommand?: string;
  readonly instance?: { readonly url: string; readonly name: string };
  /** By their names in secrets.env. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The platform's own, for `.env`. */
  readonly modelKey?: string;
}

/** Whether the addresses are of the emulators, which the workspace's settings must allow. */
export function isEmulated({ board, repository, instance }: Answers): boolean {
  const all = [board?.baseUrl, repository?.remote, instance?.url].filter((url) => url !== undefined);
  return all.some((url) => URL.canParse(url) && isLoopbackUrl(url));
}

/** The blocks of jvAgent.json that the answers say. An agent without an answered instance has none. */
function blocksOf(answers: Answers): Record<string, unknown> {
  const { board, project, workItemTypes, stateMapping, approvers, repository, instance } = answers;
  const { customerBranch, branchPrefix, testCommand } = answers;
  return {
    devops: known({ ...board, project, workItemTypes, stateMapping, approvers }),
    git: {
      ...known({ customerBranch, branchPrefix, provider: repository?.provider, apiUrl: repository?.apiUrl }),
      ...(testCommand === undefined ? {} : { testCommand: testCommand || undefined }),
    },
    instance,
  };
}

/** The options of the agent's draft in the workspace `root`. */
export function draftOptionsOf(answers: Answers, root: string): DraftOptions {
  const { id, repository, secrets = {} } = answers;
  const remote = repository ? { GIT_REMOTE: repository.remote } : {};
  return { root, id, template: 'agent', over: blocksOf(answers), secrets: { ...secrets, ...remote } };
}
