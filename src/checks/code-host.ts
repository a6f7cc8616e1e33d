/** Checks what the agent needs of its repository and code host: branch, token, right to push, and how far the token reaches. */
import { codeHostPlaceOf } from '../agents/provider.ts';
import { ownerAndRepository } from '../connectors/github/github.ts';
import { pushStatus, repositoriesSeen } from '../connectors/token-reach.ts';
import { limits } from '../limits.ts';
import { codes } from '../refusal.ts';
import { timeText } from '../work-items/time-text.ts';
import { fail, tooWide, unlessClosed, type Verdict, warn } from './finding.ts';
import { type Connected, named, secretOf } from './own-agent.ts';

export async function branch({ agent, connections }: Connected): Promise<Verdict> {
  const { repository } = connections;
  const head = await repository.remoteHead(repository.targetBranch);
  if (head) return `${repository.targetBranch} is at ${head.slice(0, 12)}`;
  const fix = `Create the branch, or correct git.customerBranch in ${agent.id}/jvAgent.json.`;
  return fail(`the remote has no branch ${repository.targetBranch}`, fix);
}

const dayMs = 86_400_000;

export async function codeToken({ connections }: Connected): Promise<Verdict> {
  const { codeHost } = connections;
  const owner = `GIT_TOKEN belongs to ${await codeHost.me()}`;
  const at = codeHost.tokenExpiresAt?.() ?? undefined;
  if (at === undefined) return owner;
  const what = `${owner}, and expires at ${timeText(at)}`;
  const isSoon = at - connections.http.clock.now() <= limits.tokenExpiryDays * dayMs;
  const fix = 'Make a new token with the same rights, and write it as GIT_TOKEN into secrets.env of the agent.';
  return isSoon ? warn(what, fix, 'OUTSIDE_AUTH') : what;
}

export async function pushRight(own: Connected): Promise<Verdict> {
  const status = await pushStatus(own.agent.locations.remote ?? '', secretOf(own, 'GIT_TOKEN'), own.connections.http);
  if (status === 200) return 'GIT_TOKEN can push';
  return fail(`the remote refuses a push with GIT_TOKEN (HTTP ${status})`, codes.OUTSIDE_AUTH, 'OUTSIDE_AUTH');
}

export async function codeReach(own: Connected): Promise<Verdict> {
  const place = ownerAndRepository(own.agent.locations.remote ?? '');
  const where = codeHostPlaceOf(own.agent);
  const isGitHub = 'provider' in where && where.provider === 'github';
  if (!isGitHub || !place) return 'not checked: this code host cannot say what else GIT_TOKEN sees';
  const repository = `${place.owner}/${place.repository}`;
  const wanted = { apiUrl: where.apiUrl, ...place, token: secretOf(own, 'GIT_TOKEN'), http: own.connections.http };
  // The question is closed to tokens of apps, and to some others.
  const seen = await unlessClosed(repositoriesSeen(wanted));
  if (!seen) {
    const fix = `Check by hand that the token in ${own.agent.id}/secrets.env was given only ${repository}.`;
    return warn('it could not be read what else GIT_TOKEN has access to: GitHub does not say it to this token', fix);
  }
  const others = seen.filter((name) => name.toLowerCase() !== repository.toLowerCase());
  return others.length > 0
    ? tooWide(`GIT_TOKEN also has access to ${named(others)}`)
    : `GIT_TOKEN has access only to ${repository}`;
}
