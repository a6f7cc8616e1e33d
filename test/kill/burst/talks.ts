/** What people write in a burst, told by a seed: who writes next where, and what is wrong with their answers in the end. */
import fc from 'fast-check';
import { answersIn, type Town } from './town.ts';

export interface Talk {
  /** As its messages are named. */
  readonly name: string;
  readonly channel: string;
  readonly user: string;
  /** The time of the first message. */
  root: string;
  asked: number;
}

/** People do not go on while so many of their messages have no answer. */
const openMax = 5;

const pad = (n: number) => String(n).padStart(3, '0');
const nameOf = (talk: Talk, n: number) => `${talk.name}-${pad(n)}`;

/** Numbers below one, always the same for a seed. */
export function numbersOf(seed: number): () => number {
  const made = fc.sample(fc.nat({ max: 9_999 }), { seed, numRuns: 5_000 });
  let at = 0;
  return () => {
    at += 1;
    return (made[at % made.length] ?? 0) / 10_000;
  };
}

export function createTalks(town: Town, { threads, each, seed }: { threads: number; each: number; seed: number }) {
  const { ids, people, person } = town;
  const next = numbersOf(seed);
  const talks: Talk[] = Array.from({ length: threads }, (_, n) => ({
    ...{ name: `talk-${pad(n)}`, channel: ids[n % ids.length] ?? '', user: people[n % people.length] ?? '' },
    ...{ root: '', asked: 0 },
  }));

  /** The first message names the agent; later ones do now and then, which Slack tells of twice. */
  function write(talk: Talk): void {
    const isFirst = talk.root === '';
    const mention = isFirst || next() < 0.3 ? '@agent ' : '';
    const text = `${mention}${nameOf(talk, talk.asked)} please`;
    const ts = person(talk.user).say(talk.channel, text, isFirst ? {} : { thread: talk.root });
    if (isFirst) talk.root = ts;
    talk.asked += 1;
  }

  /** What the answers of a thread are about, in their order. */
  const answered = ({ channel, root }: Talk) =>
    answersIn(town, channel, root).map(({ text }) => /^About (\S+)\.$/.exec(text)?.[1] ?? text);

  function faultsOf(talk: Talk): string[] {
    const said = answered(talk);
    const wanted = Array.from({ length: each }, (_, n) => nameOf(talk, n));
    const strange = said.filter((name) => !wanted.includes(name)).map((name) => `${talk.name}: ${name}`);
    const miscounted = wanted.flatMap((name) => {
      const count = said.filter((one) => one === name).length;
      return count === 1 ? [] : [`${name}: ${count} answers`];
    });
    const isInOrder = said.every((name, n) => n === 0 || (said[n - 1] ?? '') <= name);
    return [...strange, ...miscounted, ...(isInOrder ? [] : [`${talk.name}: in the order ${said.join(' ')}`])];
  }

  return {
    /** Everybody who has not too much open writes one message, in a random order; how many answers stood before. */
    round(): number {
      const standing = talks.map((talk) => ({ talk, answers: talk.root === '' ? 0 : answered(talk).length }));
      const ready = standing.filter(({ talk, answers }) => talk.asked < each && talk.asked - answers < openMax);
      const inOrder = ready.map(({ talk }) => ({ talk, at: next() })).toSorted((a, b) => a.at - b.at);
      for (const { talk } of inOrder) write(talk);
      return standing.reduce((sum, { answers }) => sum + answers, 0);
    },
    /** Each message that has no answer or several, and each thread that was answered out of turn. */
    faults: () => talks.flatMap(faultsOf),
  };
}
