import { expect, test } from 'vitest';
import { pastApproval } from '../../../src/work-items/gate/past-approval.ts';
import type { StateChange } from '../../../src/work-items/tracker.ts';
import {
  approval,
  approvedByEve,
  commentBy,
  eve,
  gateRules,
  me,
  ourClaim,
  planNote,
  planReady,
  rob,
  tileIn,
} from '../fixture.ts';

const moved: StateChange = { ...ourClaim, state: 'PR Created', rev: 11 };

function look({
  last = moved,
  decision = approvedByEve as StateChange | undefined,
  comments = [planNote],
  tile = tileIn('PR Created'),
} = {}) {
  const tracker = {
    me: async () => me,
    lastStateChange: async () => last,
    stateChange: async (_: number, rev: number) => (rev === approvedByEve.rev ? decision : undefined),
    tile: async () => tile,
    comments: async () => comments,
  };
  const agentIdentities = [me.id, 'globex-agent-id'];
  const clock = { now: () => approval.at + 60_000, sleep: async () => {} };
  return pastApproval({ tracker, agentIdentities, clock }, gateRules, planReady);
}

test('an approver who set the tile to approved before we moved it approved the plan on it', async () => {
  expect(await look()).toEqual({ rev: 7, by: eve, at: approval.at, claimRev: 11 });
});

test.each<[string, Parameters<typeof look>[0]]>([
  ['people moved the tile last', { last: approvedByEve }],
  ['nobody else ever moved it', { last: (({ otherRev, ...rest }) => rest)(moved) }],
  ['our answer was to send it back', { last: { ...ourClaim, state: 'Plan Ready' } }],
  ['our answer was to plan again', { last: { ...ourClaim, state: 'Planning' } }],
  ['our answer was to end it', { last: { ...ourClaim, state: 'Failed' } }],
  ['the work item was edited after its plan', { tile: tileIn('PR Created', { contentHash: 'edited' }) }],
  ['it was no approval', { decision: { ...approvedByEve, state: 'Rejected' } }],
  ['it was by nobody who may approve', { decision: { ...approvedByEve, by: rob, shownAs: rob, signedInAs: rob } }],
  ['it was made in another name', { decision: { ...approvedByEve, signedInAs: rob } }],
  ['it is older than the plan', { decision: { ...approvedByEve, at: 1 } }],
  ['the plan was edited since', { comments: [{ ...planNote, version: 2 }] }],
  ['the plan is another one', { comments: [commentBy(eve, planNote.text, { commentId: 31 })] }],
])('none is told of where %s', async (_, given) => {
  expect(await look(given)).toBeUndefined();
});
