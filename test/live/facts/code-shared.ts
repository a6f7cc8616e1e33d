/** What both code hosts must do for branches and pull requests. */
import { systemClock } from '../../../src/base/clock.ts';
import { type Fact, judge } from '../fact.ts';
import type { Code } from '../places/code.ts';

type CodeNeed = 'repos' | 'github';

interface SharedOptions {
  need: CodeNeed;
  /** The connector's file. */
  connector: string;
  /** Ends a pull request without a merge, and merges one, as people do there. */
  close(code: Code, number: number): Promise<void>;
  merge(code: Code, number: number): Promise<void>;
  /** Says something on it. */
  say(code: Code, number: number, text: string): Promise<void>;
}

const secondsMax = 60;

/** Asks until it is so, or a minute is over. */
export async function until<T>(ask: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  const startedAt = systemClock.now();
  for (;;) {
    const value = await ask();
    if (isSo(value) || systemClock.now() - startedAt > secondsMax * 1_000) return value;
    await systemClock.sleep(500);
  }
}

type TryCode = (code: Code) => ReturnType<Fact['try']>;

export function sharedFacts({ need, connector, close, merge, say }: SharedOptions): Fact<CodeNeed>[] {
  const fact = (
    id: string,
    sentence: string,
    source: Fact['source'],
    usedIn: string,
    tried: TryCode,
  ): Fact<CodeNeed> => {
    return {
      id: `${need}-${id}`,
      fact: sentence,
      source,
      usedIn,
      needs: [need],
      try: (systems) => tried(systems[need]),
    };
  };
  return [
    fact(
      'push',
      'The token is let in as a password of git, and a pushed branch is there at once.',
      'documented',
      'src/git/push.ts',
      async (code) => {
        const { branch, sha } = await code.branches();
        const head = await code.headOf(branch);
        return judge(head === sha, head === sha ? 'it is there' : `it is at ${head}`);
      },
    ),
    fact(
      'open',
      'A pull request is opened between two branches, and its head is the pushed commit.',
      'documented',
      connector,
      async (code) => {
        const between = await code.branches();
        const { state, branch, base, headSha, number } = await code.open(between);
        const isSo = state === 'open' && branch === between.branch && base === between.base && headSha === between.sha;
        return judge(isSo, `number ${number}, ${state}, from ${branch} into ${base}`);
      },
    ),
    fact(
      'open-twice',
      'A second one between the same branches is refused, and the product takes the one that is there.',
      'reported',
      connector,
      async (code) => {
        const between = await code.branches();
        const [first, second] = [await code.open(between), await code.open(between)];
        return judge(first.number === second.number, `numbers ${first.number} and ${second.number}`);
      },
    ),
    fact(
      'not-merged',
      'A pull request that could be merged is not taken for a merged one.',
      'recorded',
      connector,
      async (code) => {
        const { number } = await code.open(await code.branches());
        const { state, mergedSha } = await code.host.get(number);
        return judge(state === 'open' && mergedSha === undefined, `${state}, ${mergedSha ?? 'without a merge commit'}`);
      },
    ),
    fact(
      'closed',
      'One that was ended without a merge is still found by its branches, as closed.',
      'documented',
      connector,
      async (code) => {
        const between = await code.branches();
        const { number } = await code.open(between);
        await close(code, number);
        const found = await code.host.find(between.branch, between.base);
        return judge(found?.number === number && found.state === 'closed', `number ${found?.number}, ${found?.state}`);
      },
    ),
    fact('comment', 'What is said on a pull request is read with it.', 'documented', connector, async (code) => {
      const { number } = await code.open(await code.branches());
      const text = `${code.run} said`;
      await say(code, number, text);
      const notes = await until(
        () => code.host.notes(number),
        (all) => all.some((note) => note.text.includes(text)),
      );
      return judge(
        notes.some((note) => note.text.includes(text)),
        `${notes.length} read`,
      );
    }),
    fact(
      'merged',
      'After a merge the commit on the base, its moment and who merged are told.',
      'recorded',
      connector,
      async (code) => {
        const between = await code.branches();
        const { number } = await code.open(between);
        await merge(code, number);
        const pull = await until(
          () => code.host.get(number),
          ({ state }) => state === 'merged',
        );
        const [head, me] = [await code.headOf(between.base), await code.host.me()];
        const isSo = pull.mergedSha === head && pull.mergedBy === me && pull.mergedAt !== undefined;
        const shas = pull.mergedSha === head ? 'the head of the base' : `${pull.mergedSha}, the base is at ${head}`;
        return judge(
          pull.state === 'merged' && isSo,
          `${pull.state}, ${shas}, by ${pull.mergedBy === me ? 'the token' : pull.mergedBy}`,
        );
      },
    ),
  ];
}
