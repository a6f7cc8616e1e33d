/** The questions about the code: the repository, its token, the customer's branch, our branches, and the tests. */
import { azureReposOf } from '../../../agents/azure-remote.ts';
import { isLoopbackUrl } from '../../../agents/config/forms.ts';
import { codeHostPlaceOf, type Provider } from '../../../agents/provider.ts';
import { known } from '../../../base/known.ts';
import { branch as checkBranch, codeReach, codeToken, pushRight } from '../../../checks/code-host.ts';
import { isRefusal, refuse } from '../../../refusal.ts';
import type { Answers } from '../answers.ts';
import type { Ask } from '../ask.ts';
import type { Question } from '../question.ts';

const hasCodeToken = ({ repository, secrets }: Answers) => repository !== undefined && secrets?.GIT_TOKEN !== undefined;
const nameOf = ({ id }: Answers) => id.split('/').at(-1) ?? id;

/** The code host of this remote, if its address or this setting says which one it is. */
function placeOf(remote: string, provider?: Provider | undefined) {
  return codeHostPlaceOf({ config: { git: known({ provider }) }, locations: { remote } });
}

/** Asks which system an own server is, if its address does not say. */
async function providerFor(ask: Ask, remote: string): Promise<Provider | undefined> {
  const choices = [
    { value: 'github', label: 'GitHub Enterprise Server' },
    { value: 'azure-repos', label: 'Azure DevOps Server' },
  ] as const;
  const fitting = choices.filter(({ value }) => !('why' in placeOf(remote, value)));
  return fitting.length > 0 ? ask.choose<Provider>('What runs at this address?', fitting) : undefined;
}

/** The emulator's API is at another port than its repositories. */
async function emulatedApi(ask: Ask, derived: string): Promise<string | undefined> {
  const typed = await ask.text({
    message: `Address of the emulator's GitHub API, which it prints as github.apiUrl (Enter: ${derived})`,
  });
  return typed || undefined;
}

export const repository: Question = {
  async ask(ask) {
    const remote = await ask.text({
      message: 'Address of the repository (Enter: later)',
      example: 'https://github.com/acme/product.git',
    });
    if (remote === '') return undefined;
    const provider = 'why' in placeOf(remote) ? await providerFor(ask, remote) : undefined;
    const place = placeOf(remote, provider);
    if ('why' in place) return refuse('CONFIG_INVALID', place.why, place.fix);
    const apiUrl =
      isLoopbackUrl(remote) && place.provider === 'github' ? await emulatedApi(ask, place.apiUrl) : undefined;
    return { repository: known({ remote, provider, apiUrl }) };
  },
};

/** Where the agent's own account makes the token, and with which rights. */
function tokenAdvice(remote: string): string {
  const azure = azureReposOf(remote);
  if (azure)
    return `Make a token in the agent's own account, with the scope Code (Read & write):\n${azure.baseUrl}/${encodeURIComponent(azure.organization)}/_usersSettings/tokens`;
  return `Make a fine-grained token in the agent's own account, for this one repository:\nContents, Pull requests: Read and write. ${new URL(remote).origin}/settings/personal-access-tokens/new`;
}

export const codeTokenQuestion: Question = {
  async ask(ask, { repository, board, secrets }) {
    if (!repository) return undefined;
    const azure = azureReposOf(repository.remote);
    const boardPat = secrets?.AZDO_PAT;
    const isSameOrganization = azure?.organization.toLowerCase() === board?.organization.toLowerCase();
    ask.say(tokenAdvice(repository.remote));
    if (azure && boardPat && isSameOrganization) {
      const choices = [
        { value: true, label: 'Yes, it has both scopes' },
        { value: false, label: 'No' },
      ];
      if (await ask.choose('Use AZDO_PAT for the code too?', choices, true))
        return { secrets: { GIT_TOKEN: boardPat } };
    }
    const token = await ask.secret('GIT_TOKEN, the token (Enter: later)');
    return token === '' ? undefined : { secrets: { GIT_TOKEN: token } };
  },
  looks: () => [codeToken, pushRight, codeReach],
};

export const customerBranch: Question = {
  async ask(ask, answers, look) {
    const usual = `customer/${nameOf(answers)}`;
    const message = "The customer's branch, which pull requests go to";
    const found = hasCodeToken(answers)
      ? await ask.during('Looking for branches', () =>
          look(answers, ({ connections }) => connections.repository.remoteBranches()),
        )
      : [];
    if (isRefusal(found) || found.length === 0) {
      const typed = await ask.text({ message: `${message} (Enter: later)`, example: usual });
      return typed === '' ? undefined : { customerBranch: typed };
    }
    const choices = [...found.map((name) => ({ value: name, label: name })), { value: undefined, label: 'Later' }];
    const likely = [usual, 'main', 'master'].find((name) => found.includes(name)) ?? found[0];
    const chosen = await ask.choose(message, choices, likely);
    return chosen === undefined ? undefined : { customerBranch: chosen };
  },
  looks: (answers) => (hasCodeToken(answers) ? [checkBranch] : []),
};

export const branchPrefix: Question = {
  async ask(ask, answers) {
    const initial = `feature/${nameOf(answers)}-`;
    const typed = await ask.text({
      message: "How the agent's branches begin; the number of the work item follows",
      initial,
    });
    return { branchPrefix: typed || initial };
  },
};

export const testCommand: Question = {
  async ask(ask) {
    const typed = await ask.text({ message: 'The command that runs the tests (empty: no tests)', initial: 'npm test' });
    return { testCommand: typed };
  },
};
