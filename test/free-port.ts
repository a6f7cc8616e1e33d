/** A port of loopback for what must know its port before it listens. */
import { createServer } from 'node:http';
import { listenServer } from '../src/base/http.ts';

export async function freePort(): Promise<number> {
  const { port, close } = await listenServer(createServer());
  await close();
  return port;
}
