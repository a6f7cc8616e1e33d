/** What the platform does outside, in the words of people: `pushed 1a2b3c4d to feature/acme-12`. */
import type { IntentKind } from '../../work-items/lifecycle/events.ts';

/** What was done, and what was to be done; `of` is what the effect's key says beside its kind. */
type Words = (of: string) => { did: string; todo: string };

const shaCharsShown = 8;

const plain =
  (did: string, todo: string): Words =>
  () => ({ did, todo });

/** `feature/acme-12@<sha>#2`: what stands before the commit, and the commit, short, each behind a word. */
function partsOf(of: string, nameWord: string, shaWord: string): { name: string; sha: string } {
  const [, name, sha] = /^(?:(.*)@)?([0-9a-f]{40,64})(?:[@#].*)?$/.exec(of) ?? [];
  return {
    name: name ? ` ${nameWord} ${name}` : '',
    sha: sha ? `${shaWord} ${sha.slice(0, shaCharsShown)}` : '',
  };
}

/** `4#bug`: the pull request, and what is wanted on it. */
function onPull(of: string): { number: string; name: string } {
  const [, number, name] = /^(\d+)#(.*)$/s.exec(of) ?? [];
  return { number: number ? ` pull request ${number}` : '', name: name ? ` ${name}` : '' };
}

const words: Readonly<Record<IntentKind, Words>> = {
  'claim-plan': plain('claimed the work item to plan it', 'claim the work item'),
  'post-plan': plain('posted the plan', 'post the plan'),
  'mark-stale': plain('marked the plan as out of date', 'mark the plan as out of date'),
  ask: plain('asked a question on the work item', 'ask a question on the work item'),
  'claim-execution': plain('claimed the approved work item', 'claim the approved work item'),
  test: (of) => {
    const { sha } = partsOf(of, '', ' on');
    return { did: `ran the tests${sha}`, todo: `run the tests${sha}` };
  },
  push: (of) => {
    const { name, sha } = partsOf(of, 'to', '');
    return { did: `pushed${sha}${name}`, todo: `push${sha}${name}` };
  },
  'open-pr': (of) => {
    const { name } = partsOf(of, 'for', '');
    return { did: `opened the pull request${name}`, todo: `open the pull request${name}` };
  },
  'label-pr': (of) => {
    const { number, name } = onPull(of);
    const on = number && ` on${number}`;
    return { did: `set the label${name}${on}`, todo: `set the label${name}${on}` };
  },
  'ask-review': (of) => {
    const { number, name } = onPull(of);
    return {
      did: `asked${name || ' somebody'} to review${number}`,
      todo: `ask${name || ' somebody'} to review${number}`,
    };
  },
  link: plain('linked the pull request to the work item', 'link the pull request to the work item'),
  show: (of) => {
    const phase = of.replace(/#.*$/, '');
    const to = phase === '' ? '' : ` to ${phase}`;
    return { did: `moved the work item${to} on the board`, todo: `move the work item${to} on the board` };
  },
  comment: plain('wrote a comment on the work item', 'write a comment on the work item'),
  tell: plain('updated the status comment', 'update the status comment'),
  'set-fields': plain('set fields of the work item', 'set fields of the work item'),
  'create-child': plain('filed a child work item', 'file a child work item'),
  deploy: (of) => {
    const { sha } = partsOf(of, '', ' of');
    return { did: `sent the merge${sha} to the instance`, todo: `send the merge${sha} to the instance` };
  },
  verify: plain('checked the deployment', 'check the deployment'),
  rollback: plain('rolled the deployment back', 'roll the deployment back'),
};

const isKind = (kind: string): kind is IntentKind => Object.hasOwn(words, kind);

/** The words for one kind of effect and the rest of its key; undefined for a kind that is not known. */
export function effectWords(kind: string, of = ''): ReturnType<Words> | undefined {
  return isKind(kind) ? words[kind](of) : undefined;
}
