/** Somebody on loopback who is told by hooks, and keeps what he was told. */
import { onTestFinished } from 'vitest';
import { listen } from '../../src/base/http.ts';

export interface Told {
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a protocol test looks into payloads of any shape
  json: any;
}

export async function startReceiver() {
  const told: Told[] = [];
  const listener = await listen(async (request) => {
    const text = await request.text();
    told.push({ headers: request.headers, text, json: text.startsWith('{') ? JSON.parse(text) : undefined });
    return new Response(null, { status: 204 });
  });
  onTestFinished(() => listener.close());
  return { told, url: `${listener.url}/hooks` };
}
