/** Checks that a team of the project has the board that `devops.board` names. */
import { boardNamed } from '../agents/config/devops.ts';
import type { Tracker } from '../work-items/tracker.ts';
import { unlessClosed, type Verdict, warn } from './finding.ts';
import { type Connected, named } from './own-agent.ts';

/** How many teams are asked for their boards, so that a project of hundreds is not asked for all. */
const teamsMax = 20;

const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** The boards of the project as `TEAM/BOARD`; undefined if the tracker does not tell this token. */
async function boardsThere(tracker: Pick<Tracker, 'teams' | 'boardsOf'>): Promise<string[] | undefined> {
  const teams = await unlessClosed(tracker.teams());
  const lists = (teams ?? []).slice(0, teamsMax).map(async (team) => {
    const boards = await unlessClosed(tracker.boardsOf(team));
    return boards?.map((board) => `${team}/${board}`) ?? [];
  });
  const there = (await Promise.all(lists)).flat();
  return there.length > 0 ? there : undefined;
}

/** The team's own boards are asked first, because a token for work items may not be told the teams of a project. */
export async function teamBoard({ agent, connections: { tracker } }: Connected): Promise<Verdict> {
  const wanted = boardNamed(agent.devops, agent.devops.project);
  if (!wanted) return '`open` shows all boards of the project (devops.board is not set)';
  const { team, board } = wanted;
  const own = await unlessClosed(tracker.boardsOf(team));
  if (own?.some((name) => isSame(name, board))) return `the team "${team}" has the board "${board}"`;
  const there = (await boardsThere(tracker)) ?? own?.map((name) => `${team}/${name}`);
  if (!there || there.length === 0) {
    const what = `it could not be read whether the team "${team}" has the board "${board}" (devops.board)`;
    return warn(what, 'Check devops.board by hand. Only the page that `open` shows depends on it.');
  }
  const file = `${agent.id}/jvAgent.json`;
  const other = there.find((name) => isSame(name.slice(name.indexOf('/') + 1), board));
  const what = `the team "${team}" has no board "${board}" (devops.board)`;
  if (other) return warn(`${what}, but there is "${other}"`, `Write "${other}" in ${file}.`, 'CONFIG_INVALID');
  const fix = `Write the team and its board in ${file}, such as "${there[0]}".`;
  return warn(`${what}; there are ${named(there)}`, fix, 'CONFIG_INVALID');
}
