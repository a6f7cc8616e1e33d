/** Which hosts get the board's token. */
import { expect, test } from 'vitest';
import { createAzureDevOps } from '../../../src/connectors/azure-devops/azure-devops.ts';
import { httpFor } from '../../conformance/connector-world.ts';

test.each([
  ['https://dev.azure.com', 'dev.azure.com', 'vssps.dev.azure.com'],
  ['https://acme.visualstudio.com', 'acme.visualstudio.com', 'acme.vssps.visualstudio.com'],
  ['https://tfs.example/tfs', 'tfs.example', 'tfs.example'],
])(
  'of %s, people are read at their own host and all else at the board, and nothing is written',
  async (baseUrl, board, people) => {
    const sent: string[] = [];
    const answer: typeof globalThis.fetch = async (input, init) => {
      const { url, method } = new Request(input, init);
      sent.push(`${method} ${new URL(url).hostname}`);
      return Response.json({ value: [] });
    };
    const tracker = createAzureDevOps({
      ...{ baseUrl, organization: 'acme', project: 'Shop', own: {}, contentFields: [], pat: 'pat-1' },
      http: { ...httpFor('pat-1'), fetch: answer },
    });
    await tracker.accounts('erin@acme.test');
    await tracker.tags();
    expect(sent).toEqual([`GET ${people}`, `GET ${board}`]);
  },
);
