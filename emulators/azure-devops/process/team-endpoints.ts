/** Teams with their members, and the teams' boards with their columns, over HTTP. */
import { type Call, type Endpoint, projectIn, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { guidOf } from '../guid.ts';
import { personView } from '../items/views.ts';
import type { WorkItemType } from '../model.ts';
import type { Group } from '../tenant.ts';
import { findProject } from './type-endpoints.ts';

/** `[Acme]\Acme Team` -> `Acme Team`. */
const ownName = ({ name }: Group) => name.split('\\').at(-1) ?? name;

/** The teams; the organization's groups belong to its first project. */
function teamsOf(call: Call, project: string): Group[] {
  const isHome = findProject(call, project).id === call.tenant.projects[0].id;
  return isHome ? call.tenant.groups.filter(({ isTeam }) => isTeam) : [];
}

function teamNamed(call: Call, project: string, name: string): Group {
  const wanted = name.toLowerCase();
  const found = teamsOf(call, project).find((team) => team.id === wanted || ownName(team).toLowerCase() === wanted);
  if (!found) throw errors.missingTeam(name);
  return found;
}

function teamView(call: Call, project: string, team: Group) {
  const { id, name } = findProject(call, project);
  return {
    id: team.id,
    name: ownName(team),
    url: `${call.base}/_apis/projects/${id}/teams/${team.id}`,
    description: '',
    identityUrl: `${call.base}/_apis/Identities/${team.id}`,
    projectName: name,
    projectId: id,
  };
}

/** The boards of a team, by the first type of each level of the backlog. */
const levels = { Stories: 'User Story', Features: 'Feature', Epics: 'Epic' };

interface Board {
  id: string;
  name: string;
  type: WorkItemType;
}

/** The boards of the team in the url, or of the project's own team. */
function boardsOf(call: Call): Board[] {
  const { name: project } = projectIn(call);
  const team = teamNamed(call, project, call.team ?? `${project} Team`);
  return Object.entries(levels).flatMap(([name, of]) => {
    const type = call.tenant.types.find((each) => each.name === of);
    return type ? [{ id: guidOf(`${team.id}/${name}`), name, type }] : [];
  });
}

function boardNamed(call: Call, name: string): Board {
  const wanted = name.toLowerCase();
  const found = boardsOf(call).find((board) => board.id === wanted || board.name.toLowerCase() === wanted);
  if (!found) throw errors.missingBoard(name);
  return found;
}

function columnsView({ id, type }: Board) {
  const isOver = (wanted: boolean) =>
    type.states.filter(({ category }) => category !== 'Removed' && (category === 'Completed') === wanted);
  const states = [...isOver(false), ...isOver(true)];
  const last = states.length - 1;
  return states.map(({ name }, n) => ({
    id: guidOf(`${id}/${name}`),
    name,
    itemLimit: n === 0 || n === last ? 0 : 5,
    stateMappings: { [type.name]: name },
    columnType: n === 0 ? 'incoming' : n === last ? 'outgoing' : 'inProgress',
    ...(n === 0 || n === last ? {} : { isSplit: false, description: '' }),
  }));
}

function boardUrl(call: Call, { id }: Board): string {
  return `${call.base}/${projectIn(call).id}/_apis/work/boards/${id}`;
}

function boardView(call: Call, board: Board) {
  const { id, name } = board;
  const rows = [{ id: '00000000-0000-0000-0000-000000000000', name: null }];
  return { id, url: boardUrl(call, board), name, revision: 0, columns: columnsView(board), rows, isValid: true };
}

export const teamEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/_apis/projects/:project/teams',
    location: 'core/teams',
    answer: (call, { project = '' }) => valueList(teamsOf(call, project).map((team) => teamView(call, project, team))),
  },
  {
    method: 'GET',
    path: '/_apis/projects/:project/teams/:team',
    location: 'core/teams',
    answer: (call, { project = '', team = '' }) => teamView(call, project, teamNamed(call, project, team)),
  },
  {
    method: 'GET',
    path: '/_apis/projects/:project/teams/:team/members',
    location: 'core/members',
    answer(call, { project = '', team = '' }) {
      const { members } = teamNamed(call, project, team);
      return valueList(members.map((person) => ({ identity: personView(call, person) })));
    },
  },
  {
    method: 'GET',
    path: '/_apis/work/boards',
    location: 'work/boards',
    answer: (call) =>
      valueList(boardsOf(call).map((board) => ({ id: board.id, url: boardUrl(call, board), name: board.name }))),
  },
  {
    method: 'GET',
    path: '/_apis/work/boards/:board',
    location: 'work/boards',
    answer: (call, { board = '' }) => boardView(call, boardNamed(call, board)),
  },
  {
    method: 'GET',
    path: '/_apis/work/boards/:board/columns',
    location: 'work/columns',
    answer: (call, { board = '' }) => valueList(columnsView(boardNamed(call, board))),
  },
];
