/** Maps each intent to its implementation: the complete list of what the platform does outside. */
import type { Intent } from '../work-items/lifecycle/events.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import {
  addLabelEffect,
  addReviewerEffect,
  type CodeOptions,
  openPullRequestEffect,
  pushEffect,
  testEffect,
} from './code-effects.ts';
import { type DeployOptions, deployEffect, rollbackEffect, verifyEffect } from './deploy-effects.ts';
import type { Effect } from './performer.ts';
import {
  askEffect,
  claimApprovedEffect,
  claimPlanEffect,
  commentEffect,
  createChildEffect,
  linkEffect,
  markStaleEffect,
  postPlanEffect,
  setFieldsEffect,
  showEffect,
  type TileOptions,
  tellEffect,
} from './tile-effects.ts';

/** The ports that effects on the tile, the code and the instance use. */
export interface EffectPorts {
  tile: TileOptions;
  code: CodeOptions;
  deploy: DeployOptions;
}

export function effectOf({ tile, code, deploy }: EffectPorts, item: WorkItem, intent: Intent, key: string): Effect {
  switch (intent.kind) {
    case 'claim-plan':
      return claimPlanEffect(tile, item);
    case 'post-plan':
      return postPlanEffect(tile, item, intent);
    case 'mark-stale':
      return markStaleEffect(tile, item, intent);
    case 'ask':
      return askEffect(tile, item, intent);
    case 'claim-execution':
      return claimApprovedEffect(tile, item, intent);
    case 'show':
      return showEffect(tile, item, intent);
    case 'link':
      return linkEffect(tile, item, intent);
    case 'set-fields':
      return setFieldsEffect(tile, item, intent);
    case 'create-child':
      return createChildEffect(tile, item, intent);
    case 'tell':
      return tellEffect(tile, item);
    case 'comment':
      return commentEffect(tile, item, intent);
    case 'test':
      return testEffect(code, item, intent);
    case 'push':
      return pushEffect(code, item, intent);
    case 'open-pr':
      return openPullRequestEffect(code, item, intent);
    case 'label-pr':
      return addLabelEffect(code, item, intent);
    case 'ask-review':
      return addReviewerEffect(code, item, intent);
    case 'deploy':
      return deployEffect(deploy, item, intent, key);
    case 'verify':
      return verifyEffect(deploy, item, intent);
    case 'rollback':
      return rollbackEffect(deploy, item, intent, key);
  }
}
