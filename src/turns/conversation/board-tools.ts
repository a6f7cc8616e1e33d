/** What an agent with a board can look up while it talks with people: its work items and its instance; it changes neither. */
import { refuse } from '../../refusal.ts';
import { createInstanceApiTool } from '../../tools/shipped/instance-api.ts';
import { createInstanceDeployTool } from '../../tools/shipped/instance-deploy.ts';
import type { PlatformTool } from '../../tools/tool.ts';
import type { BoardWorker } from '../board-worker.ts';

const foundMax = 50;

const noWrite = async () =>
  refuse('TOOL_UNAVAILABLE', 'a conversation changes no work item', 'Tell people what to write on the work item.');

function inWorkStates({ devops: { stateMapping: names } }: BoardWorker['agent']): string[] {
  return [names.planning, names.planReady, names.approved, names.inProgress, names.prCreated];
}

async function trackerTool({ agent, connections, redact }: BoardWorker): Promise<PlatformTool> {
  const { tracker, linkHosts } = connections;
  const toolWith = await connections.trackerTool();
  async function query(text: string | undefined) {
    const inWork = () => tracker.changedSince(undefined, inWorkStates(agent));
    const ids = text === undefined ? await inWork() : await tracker.selected(text, foundMax);
    const tiles = await tracker.tiles(ids.slice(0, foundMax));
    return tiles.map(({ workItemId, type, state, title, tags, priority }) => ({
      ...{ workItemId, type, state, title, tags },
      ...(priority === undefined ? {} : { priority }),
    }));
  }
  return toolWith({ query, reads: tracker, comment: noWrite, create: noWrite, update: noWrite, linkHosts, redact });
}

export async function boardTools(worker: BoardWorker): Promise<PlatformTool[]> {
  const { instance } = worker.connections;
  const ofInstance = instance
    ? [createInstanceApiTool((request) => instance.call(request)), createInstanceDeployTool(instance)]
    : [];
  return [await trackerTool(worker), ...ofInstance];
}
