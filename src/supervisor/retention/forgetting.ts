/** Repeats what deletes old things, each hour. */
import { type Loop, startLoop } from '../../base/loop.ts';
import { limits } from '../../limits.ts';
import type { Node } from '../node.ts';

/** The first time after an hour: a machine that has just booted may have a wrong clock until it has asked for the time. */
export function startForgetting({ clock, onFault }: Pick<Node, 'clock' | 'onFault'>, step: () => Promise<void>): Loop {
  return startLoop({ clock, pauseMs: limits.retentionMinutes * 60_000, waitsFirst: true, step, onError: onFault });
}
