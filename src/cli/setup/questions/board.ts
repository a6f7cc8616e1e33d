/** The questions about the board: where it is, whose token, which project, and who may approve. */
import { approvers as checkApprovers } from '../../../checks/approvers.ts';
import { boardReach, boardToken } from '../../../checks/board.ts';
import type { Connected } from '../../../checks/own-agent.ts';
import { isRefusal } from '../../../refusal.ts';
import type { Person } from '../../../work-items/tracker.ts';
import type { Answers } from '../answers.ts';
import { boardAddressOf } from '../board-address.ts';
import type { Question } from '../question.ts';

export const hasBoardToken = ({ secrets }: Answers) => secrets?.AZDO_PAT !== undefined;

export const organization: Question = {
  async ask(ask) {
    const typed = await ask.text({
      message: 'Azure DevOps organization: its name, or the address of your board (Enter: later)',
      example: 'acme, or https://dev.azure.com/acme',
    });
    if (typed === '') return undefined;
    const address = boardAddressOf(typed);
    if (isRefusal(address)) return address;
    const { organization, baseUrl, project } = address;
    return { board: { organization, ...(baseUrl ? { baseUrl } : {}) }, ...(project ? { project } : {}) };
  },
};

export const boardTokenQuestion: Question = {
  async ask(ask, { board }) {
    if (!board) return undefined;
    const { organization, baseUrl = 'https://dev.azure.com' } = board;
    ask.say(
      `Make a token in the agent's own account, with the scope Work Items (Read & write):\n${baseUrl}/${encodeURIComponent(organization)}/_usersSettings/tokens`,
    );
    const token = await ask.secret('AZDO_PAT, the token (Enter: later)');
    return token === '' ? undefined : { secrets: { AZDO_PAT: token } };
  },
  looks: () => [boardToken],
};

export const project: Question = {
  async ask(ask, answers, look) {
    const { project: pasted } = answers;
    const seen = hasBoardToken(answers)
      ? await ask.during('Looking for projects', () =>
          look(answers, ({ connections }) => connections.tracker.projectsSeen()),
        )
      : [];
    if (isRefusal(seen) || seen.length === 0) {
      const typed = await ask.text({ message: 'Project (Enter: later)', initial: pasted });
      return typed === '' ? undefined : { project: typed };
    }
    const choices = [...seen.map((name) => ({ value: name, label: name })), { value: undefined, label: 'Later' }];
    const meant = seen.find((name) => name.toLowerCase() === pasted?.toLowerCase()) ?? seen[0];
    const chosen = await ask.choose('Project', choices, meant);
    return chosen === undefined ? undefined : { project: chosen };
  },
  looks: (answers) => (hasBoardToken(answers) ? [boardReach] : []),
};

const recentDays = 30;
const recentItemsMax = 100;

/** The people who lately wrote or changed work items of the project, the agent left out. */
async function recentPeople({ connections: { tracker } }: Connected): Promise<Person[]> {
  const ids = await tracker.changedSince(Date.now() - recentDays * 86_400_000, []);
  const [me, tiles] = await Promise.all([tracker.me(), tracker.tiles(ids.slice(-recentItemsMax))]);
  const people = tiles.flatMap(({ createdBy, changedBy }) => [createdBy, ...(changedBy ? [changedBy] : [])]);
  const known = new Map(people.filter(({ id }) => id !== me.id).map((person) => [person.id, person]));
  return [...known.values()].sort((a, b) => a.name.localeCompare(b.name));
}

export const approvers: Question = {
  async ask(ask, answers, look) {
    const canLook = hasBoardToken(answers) && answers.project !== undefined;
    const found = canLook ? await ask.during('Looking for people', () => look(answers, recentPeople)) : [];
    const people = isRefusal(found) ? [] : found;
    const choices = people.map(({ id, name, mail }) => ({ value: mail || id, label: name, hint: mail }));
    const chosen =
      choices.length > 0
        ? await ask.several('Who may approve plans? (none of these: choose nothing)', choices, [])
        : [];
    if (chosen.length > 0) return { approvers: chosen };
    const typed = await ask.text({
      message: 'Mail addresses of the people who may approve plans, with commas between them (Enter: later)',
      example: 'erin@example.com',
    });
    const listed = typed.split(',').flatMap((each) => each.trim() || []);
    return listed.length > 0 ? { approvers: listed } : undefined;
  },
  looks: (answers) => (hasBoardToken(answers) ? [checkApprovers] : []),
};
