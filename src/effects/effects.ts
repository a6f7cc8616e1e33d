/** From an intent to the way it is carried out: the one list of everything the platform does outside. */
import type { Intent } from '../work-items/lifecycle/events.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import { type DeliveryOptions, openPullRequestEffect, pushEffect, testEffect } from './delivery-effects.ts';
import { type DeployOptions, deployEffect, rollbackEffect, verifyEffect } from './deploy-effects.ts';
import type { Effect } from './performer.ts';
import {
  askEffect,
  claimApprovedEffect,
  claimPlanEffect,
  commentEffect,
  createChildEffect,
  linkEffect,
  postPlanEffect,
  setFieldsEffect,
  showEffect,
  type TileOptions,
  tellEffect,
} from './tile-effects.ts';

export type EffectsOptions = TileOptions & DeliveryOptions & DeployOptions;

export function createEffects(options: EffectsOptions): (item: WorkItem, intent: Intent, key: string) => Effect {
  return (item, intent, key) => {
    switch (intent.kind) {
      case 'claim-plan':
        return claimPlanEffect(options, item);
      case 'post-plan':
        return postPlanEffect(options, item, intent);
      case 'ask':
        return askEffect(options, item, intent);
      case 'claim-execution':
        return claimApprovedEffect(options, item, intent);
      case 'show':
        return showEffect(options, item, intent);
      case 'link':
        return linkEffect(options, item, intent);
      case 'set-fields':
        return setFieldsEffect(options, item, intent);
      case 'create-child':
        return createChildEffect(options, item, intent);
      case 'tell':
        return tellEffect(options, item);
      case 'comment':
        return commentEffect(options, item, intent);
      case 'test':
        return testEffect(options, intent);
      case 'push':
        return pushEffect(options, item, intent);
      case 'open-pr':
        return openPullRequestEffect(options, item, intent);
      case 'deploy':
        return deployEffect(options, item, intent, key);
      case 'verify':
        return verifyEffect(options, item, intent);
      case 'rollback':
        return rollbackEffect(options, item, intent, key);
    }
  };
}
