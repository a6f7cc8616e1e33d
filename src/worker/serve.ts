/** Runs one agent's turns for the supervisor at the other end of this process's channel, and ends when that closes. */
import { type CrashPoints, createCrashPoints } from '../base/crash-points.ts';
import { createLog } from '../base/log.ts';
import { type Channel, createPeer, type Peer } from '../ipc/peer.ts';
import { parseForWorker, type SupervisorMethods, type WorkerMethods } from '../ipc/protocol.ts';
import { isRefusal } from '../refusal.ts';
import { openWorker, type Worker } from './worker.ts';

/** What the process is after it has been configured. */
interface State {
  crashPoints: CrashPoints;
  worker?: Worker;
}

export function serve(): void {
  const state: State = { crashPoints: createCrashPoints() };
  const log = createLog('worker', 'warn');
  const channel: Channel = {
    send: (message) => void process.send?.(message, () => state.crashPoints.reach('worker.message')),
    onMessage: (listener) => process.on('message', listener),
    onClose: (listener) => process.once('disconnect', listener),
  };

  function open(): Worker {
    if (!state.worker) throw new Error('bug: a worker was used before it was configured');
    return state.worker;
  }

  /** Ends the process and everything that it started: its sandboxes end with it. */
  async function leave(): Promise<void> {
    await state.worker?.stop();
    process.exit(0);
  }

  const supervisor: Peer<SupervisorMethods> = createPeer<WorkerMethods, SupervisorMethods>({
    channel,
    parse: parseForWorker,
    methods: {
      async configure(setup) {
        state.crashPoints = createCrashPoints(setup.crashAt);
        const opened = await openWorker({ setup, supervisor, crashPoints: state.crashPoints, log });
        if (isRefusal(opened)) return opened;
        state.worker = opened;
        return { identities: await opened.identities(), configDigest: opened.configDigest };
      },
      turn: (order) => open().turn(order),
      async look({ turnId }) {
        await open().look(turnId);
        return null;
      },
      async interrupt({ turnId }) {
        open().interrupt(turnId);
        return null;
      },
      async hold({ turnId, ms }) {
        open().hold(turnId, ms);
        return null;
      },
      async stop() {
        setImmediate(() => void leave());
        return null;
      },
    },
  });

  // Without a supervisor, nothing may change outside systems; the next turn finds what this one did.
  process.once('disconnect', () => process.exit(0));
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
}
