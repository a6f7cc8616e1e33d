/** The worker process: one agent's turns over the channel to its supervisor; when the channel closes, so does it. */
import { createCrashPoints } from '../base/crash-points.ts';
import { createLog } from '../base/log.ts';
import { type Channel, createPeer } from '../ipc/peer.ts';
import { parseForWorker, type SupervisorMethods, type WorkerMethods } from '../ipc/protocol.ts';
import { isRefusal } from '../refusal.ts';
import { openWorker, type Worker } from './worker.ts';

let crashPoints = createCrashPoints();

const channel: Channel = {
  send: (message) => void process.send?.(message, () => crashPoints.reach('worker.message')),
  onMessage: (listener) => process.on('message', listener),
  onClose: (listener) => process.once('disconnect', listener),
};

const log = createLog('worker', 'warn');
let worker: Worker | undefined;

function open(): Worker {
  if (!worker) throw new Error('bug: a worker was used before it was configured');
  return worker;
}

/** Ends the process with everything it started: the sandboxes die with it. */
async function leave(): Promise<void> {
  await worker?.stop();
  process.exit(0);
}

const supervisor = createPeer<WorkerMethods, SupervisorMethods>({
  channel,
  parse: parseForWorker,
  methods: {
    async configure(setup) {
      crashPoints = createCrashPoints(setup.crashAt);
      const opened = await openWorker({ setup, supervisor, crashPoints, log });
      if (isRefusal(opened)) return opened;
      worker = opened;
      return { identities: await opened.identities(), configDigest: opened.configDigest };
    },
    turn: (order) => open().turn(order),
    async look({ turnId }) {
      await open().look(turnId);
      return null;
    },
    async stop() {
      setImmediate(() => void leave());
      return null;
    },
  },
});

// Without a supervisor nothing here may reach outside any more; what a turn did is found by the next one.
process.once('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
