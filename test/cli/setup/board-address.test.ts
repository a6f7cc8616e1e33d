/** What people paste when they are asked where their board is. */
import { expect, test } from 'vitest';
import { boardAddressOf } from '../../../src/cli/setup/board-address.ts';

const server = 'https://tfs.example.com/tfs';

test.each([
  ['acme', { organization: 'acme' }],
  [' acme ', { organization: 'acme' }],
  ['https://dev.azure.com/acme', { organization: 'acme' }],
  ['dev.azure.com/acme/', { organization: 'acme' }],
  ['https://dev.azure.com/acme/My%20Shop/_boards/board/t/Team/Stories', { organization: 'acme', project: 'My Shop' }],
  ['https://acme.visualstudio.com', { organization: 'acme' }],
  ['acme.visualstudio.com/DefaultCollection/Shop', { organization: 'acme', project: 'Shop' }],
  [`${server}/DefaultCollection`, { organization: 'DefaultCollection', baseUrl: server }],
  [`${server}/Main/Shop/_workitems/edit/7`, { organization: 'Main', baseUrl: server, project: 'Shop' }],
  ['http://127.0.0.1:8080/acme/Shop', { organization: 'acme', baseUrl: 'http://127.0.0.1:8080', project: 'Shop' }],
])('%s is understood', (pasted, address) => {
  expect(boardAddressOf(pasted)).toEqual(address);
});

test.each(['https://dev.azure.com', 'http://tfs.example.com/Main', 'https://tfs.example.com', 'a b', 'ftp://acme'])(
  '%s is refused with an example',
  (pasted) => {
    expect(boardAddressOf(pasted)).toMatchObject({ refused: 'CONFIG_INVALID', fix: expect.stringContaining('/acme') });
  },
);
