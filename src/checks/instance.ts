/** Checks what a deployment needs of the instance: its name, the commit that it runs, its health. */
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
  const fix = 'Fix instance.deploy.version. Without it, no merge is deployed.';
  if (!running.commit) return fail('the instance does not say which commit it runs', fix, 'DRIFT');
  const what = `the instance runs ${running.commit.slice(0, 12)}`;
  return healthy ? `${what} and is healthy` : warn(`${what} and is not healthy`, 'Check the instance.');
}
