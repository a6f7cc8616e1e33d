/** A way to a server that a test can lead to another one, or cut as a broken network does: bytes stop, and nobody is told. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** What a door leads to: a server of PostgreSQL, or a pooler before it. */
interface Behind {
  readonly port: number;
  url(database?: string): string;
}

export interface Door {
  readonly port: number;
  url(database?: string): string;
  /** Ends the connections there are; new ones go to the other server. */
  leadTo(behind: Behind): void;
  /** Nothing passes any more, in either direction; connections stay open, and new ones get no answer. */
  cut(): void;
  /** What was held passes, and what comes after it. */
  reopen(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

export async function openDoor(first: Behind): Promise<Door> {
  let behind = first;
  let isCut = false;
  const pairs = new Set<Pair>();

  const hold = ({ near, far }: Pair) => {
    near.unpipe(far).pause();
    far.unpipe(near).pause();
  };
  const pass = ({ near, far }: Pair) => {
    near.pipe(far);
    far.pipe(near);
  };
  const end = (pair: Pair) => {
    pairs.delete(pair);
    pair.near.destroy();
    pair.far.destroy();
  };

  const listener = createServer((near) => {
    const far = connect({ port: behind.port, host: '127.0.0.1' });
    const pair = { near, far };
    pairs.add(pair);
    for (const side of [near, far])
      side
        .setNoDelay(true)
        .on('error', () => {})
        .once('close', () => end(pair));
    if (isCut) hold(pair);
    else pass(pair);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;

  return {
    port,
    url: (database) => behind.url(database).replace(`:${behind.port}/`, `:${port}/`),
    leadTo(other) {
      behind = other;
      for (const pair of pairs) end(pair);
    },
    cut() {
      isCut = true;
      for (const pair of pairs) hold(pair);
    },
    reopen() {
      isCut = false;
      for (const pair of pairs) pass(pair);
    },
    async close() {
      for (const pair of pairs) end(pair);
      const closed = once(listener, 'close');
      listener.close();
      await closed;
    },
  };
}
