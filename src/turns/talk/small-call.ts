/** One small call of the agent's cheap model: a text in, a text out, without tools, files or memory, and with the turn's money. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonText } from '../../agents/config/json-lines.ts';
import { removeFolder } from '../../base/remove-folder.ts';
import { limits } from '../../limits.ts';
import type { Turn } from '../turn.ts';
import type { Ended } from './follow-engine.ts';
import type { TurnEngine } from './turn-engine.ts';

export interface SmallCall {
  systemPrompt: string;
  prompt: string;
}

export async function callSmallModel(turn: Turn, { engine }: TurnEngine, call: SmallCall): Promise<Ended> {
  const { agent, worker, supervisor, signal } = turn;
  const runDir = mkdtempSync(join(worker.setup.runFolder, 't'));
  try {
    for await (const event of engine.run({
      ...call,
      model: agent.triageModel.id,
      extraMounts: [],
      builtinTools: [],
      tools: [],
      runDir,
      turnTimeMs: limits.smallCallSecondsMax * 1_000,
      stallMs: limits.smallCallSecondsMax * 1_000,
      retriesMax: 1,
      signal,
    })) {
      if (event.kind === 'ended') return event;
    }
  } finally {
    removeFolder(runDir);
    await supervisor.call('engineEnded', {});
  }
  throw new Error('bug: the engine ended without saying so');
}

/** A list of flat objects. */
const depthMax = 3;

const fence = '```';

/** The JSON in the model's text, which some models put in a block of code; undefined if there is none. */
export function jsonIn(text: string): unknown {
  const whole = text.trim();
  const [first = ''] = whole.split('\n', 1);
  // A pattern for the whole block would try each of many empty lines as its end.
  const isBlock = [fence, `${fence}json`].includes(first.trim()) && whole.endsWith(fence);
  return readJsonText(isBlock ? whole.slice(first.length, -fence.length) : whole, depthMax).value;
}
