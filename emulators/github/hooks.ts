/**
 * Webhook events of a repository, in the form in which GitHub posts them, signed with the hook's secret.
 *
 * event -> subscribed hooks of the repository -> payload -> signature -> sender
 */
import { createHmac, randomUUID } from 'node:crypto';
import type { HookSender } from '../control/deliver.ts';
import { toCheckRun, toComment, toPullRow, toRepository, toReview, toStatus, toUser } from './answers.ts';
import type { HookEvent, Hosted, PullRequest, RepositoryHook, View } from './hosted.ts';

function pullOf(view: View, pull: PullRequest) {
  const merged = pull.merged ? toUser(pull.merged.by, view.origin) : null;
  return { ...toPullRow(view, pull, null), merged: merged !== null, merged_by: merged };
}

/** Every pull request is also an issue; these are the fields that comment events contain. */
function issueOf(view: View, pull: PullRequest) {
  const { url, html_url, number, title, state, user, body } = toPullRow(view, pull, null);
  return { url: url.replace('/pulls/', '/issues/'), html_url, number, title, state, user, body, pull_request: { url } };
}

/** The subject of the event, with GitHub's field names. */
function subjectOf(view: View, told: HookEvent) {
  switch (told.event) {
    case 'ping':
      return { zen: 'Speak like a human.', hook_id: told.hookId };
    case 'pull_request':
      return { number: told.pull.number, pull_request: pullOf(view, told.pull) };
    case 'pull_request_review':
      return { review: toReview(view, told.pull.number, told.review), pull_request: pullOf(view, told.pull) };
    case 'issue_comment':
      return { issue: issueOf(view, told.pull), comment: toComment(view, told.pull.number, told.comment) };
    case 'check_run': {
      const ofSha = view.hosted.pulls.filter(({ headSha }) => headSha === told.sha);
      const pulls = ofSha.map((pull) => toPullRow(view, pull, null));
      const named = pulls.map(({ id, number, url, head, base }) => ({ id, number, url, head, base }));
      const suite = { head_branch: pulls[0]?.head.ref ?? null, head_sha: told.sha };
      const check = toCheckRun(view, told.sha, told.check);
      return { check_run: { ...check, pull_requests: named, check_suite: suite } };
    }
    case 'status':
      return { sha: told.sha, ...toStatus(view, told.status) };
  }
}

function requestOf({ id, secret, form, url }: RepositoryHook, { event }: HookEvent, payload: object) {
  const json = JSON.stringify(payload);
  const body = form ? new URLSearchParams({ payload: json }).toString() : json;
  const signature = secret === '' ? {} : { 'x-hub-signature-256': `sha256=${hmac(secret, body)}` };
  const headers = {
    'user-agent': 'GitHub-Hookshot/emulated',
    'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
    'x-github-event': event,
    'x-github-delivery': randomUUID(),
    'x-github-hook-id': `${id}`,
    'x-github-hook-installation-target-type': 'repository',
    ...signature,
  };
  return { url, headers, body };
}

const hmac = (secret: string, body: string) => createHmac('sha256', secret).update(body).digest('hex');

/** Sends an event to one hook, even if it is not subscribed to it. */
export function tellHook(hook: RepositoryHook, told: HookEvent, sender: HookSender): void {
  const { view } = hook;
  const payload = {
    ...('action' in told ? { action: told.action } : {}),
    ...subjectOf(view, told),
    repository: toRepository(view),
    sender: toUser(told.by, view.origin),
  };
  sender.send(requestOf(hook, told, payload));
}

/** Sends an event to every hook that is subscribed to it or to all events (`*`). */
export function announce({ hooks }: Hosted, told: HookEvent, sender: HookSender): void {
  for (const hook of hooks) {
    if (hook.active && (hook.events.includes(told.event) || hook.events.includes('*'))) tellHook(hook, told, sender);
  }
}
