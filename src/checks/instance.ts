/** Checks what a deployment needs of the instance: its name, the commit that it runs, its health. */
import { shortenedCommit } from '../work-items/gate/merge-rules.ts';
import { fail, type Verdict, warn } from './finding.ts';
import type { Connected } from './own-agent.ts';

export async function instance({ agent, connections }: Connected): Promise<Verdict> {
  if (!connections.instance || agent.instance?.deploy.mode === 'off')
    return 'merges are not deployed (instance.deploy.mode is off, or there is no instance)';
  const name = agent.instance?.name;
  const [running, healthy] = await Promise.all([connections.instance.version(), connections.instance.healthy()]);
  if (running.name && running.name !== name) {
    const fix = `Correct instance.name or the address in ${agent.id}/jvAgent.json.`;
    return {
      ...fail(`the instance calls itself "${running.name}", not "${name}"`, fix, 'GATE_TENANT'),
      at: ['instance', 'name'],
    };
  }
  const { commit } = running;
  const unverified = (why: string, fix: string) => ({
    ...fail(why, fix, 'DRIFT'),
    at: ['instance', 'deploy', 'version'],
  });
  if (!commit) {
    const fix = 'Fix instance.deploy.version. Without it, no merge is deployed.';
    return unverified('the instance does not say which commit it runs', fix);
  }
  const shortened = shortenedCommit(commit);
  if (shortened) return unverified(shortened.why, `${shortened.fix} Until then, no merge is deployed.`);
  const what = `the instance runs ${commit.slice(0, 12)}`;
  return healthy ? `${what} and is healthy` : warn(`${what} and is not healthy`, 'Check the instance.');
}
