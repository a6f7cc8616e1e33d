/**
 * Which authors on a pull request may steer: those who may write to the repository, as GitHub says at that time.
 *
 * `author_association` says what a person was when they wrote, and hides private members, so that each author is asked about.
 */
import type { Clock } from '../../base/clock.ts';
import { OutsideError } from '../../base/errors.ts';
import { limits } from '../../limits.ts';
import type { ReviewNote } from '../../work-items/code-host.ts';
import type { GitHubApi } from './octokit.ts';
import { type GitHubNote, permissionShape } from './shapes.ts';

interface RightsOptions {
  api: Pick<GitHubApi, 'get'>;
  /** The path of the repository. */
  inRepository: string;
  clock: Pick<Clock, 'now'>;
}

/** GitHub keeps the answer to itself for now. */
const isClosed = (error: OutsideError) => error.facts.kind === 'auth' || error.facts.kind === 'limited';

interface Rights {
  /**
   * The notes with whether their authors may steer. One whose author GitHub does not tell about is left out, so that it
   * counts as not heard and is asked about again; where it tells about nobody, its refusal is thrown.
   */
  withRights(notes: readonly GitHubNote[]): Promise<ReviewNote[]>;
}

/** Remembers for some minutes what GitHub said of each. */
export function createRights({ api, inRepository, clock }: RightsOptions): Rights {
  const told = new Map<string, { maySteer: boolean; until: number }>();

  async function ask(login: string): Promise<OutsideError | undefined> {
    let maySteer = false;
    try {
      const path = `${inRepository}/collaborators/${encodeURIComponent(login)}/permission`;
      const { permission } = await api.get(permissionShape, path);
      maySteer = permission === 'write' || permission === 'admin';
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      if (isClosed(error)) return error;
      if (error.facts.kind !== 'missing') throw error;
    }
    told.set(login, { maySteer, until: clock.now() + limits.rightsKeptMinutes * 60_000 });
    return undefined;
  }

  async function withRights(notes: readonly GitHubNote[]): Promise<ReviewNote[]> {
    const startedAt = clock.now();
    for (const [login, { until }] of told) if (until <= startedAt) told.delete(login);
    let closed: OutsideError | undefined;
    for (const login of new Set(notes.map(({ by }) => by))) {
      if (!told.has(login)) closed = (await ask(login)) ?? closed;
    }
    const known = notes.flatMap((note) => {
      const right = told.get(note.by);
      return right ? [{ ...note, maySteer: right.maySteer }] : [];
    });
    if (closed && known.length === 0) throw closed;
    return known;
  }

  return { withRights };
}
