/** From an intent to the way it is carried out: the one list of everything the platform does outside. */
import type { Intent } from '../work-items/lifecycle-events.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import { createDeliveryEffects, type DeliveryEffectsOptions } from './delivery-effects.ts';
import type { Effect } from './performer.ts';
import { createTileEffects, type TileEffectsOptions } from './tile-effects.ts';

export type EffectsOptions = TileEffectsOptions & DeliveryEffectsOptions;

export function createEffects(options: EffectsOptions): (item: WorkItem, intent: Intent, key: string) => Effect {
  const tile = createTileEffects(options);
  const delivery = createDeliveryEffects(options);
  return (item, intent, key) => {
    switch (intent.kind) {
      case 'claim-plan':
        return tile.claimPlan(item);
      case 'post-plan':
        return tile.postPlan(item, intent);
      case 'ask':
        return tile.ask(item, intent);
      case 'claim-execution':
        return tile.claimExecution(item, intent);
      case 'show':
        return tile.show(item, intent);
      case 'link':
        return tile.link(item, intent);
      case 'set-fields':
        return tile.setFields(item, intent);
      case 'create-child':
        return tile.createChild(item, intent);
      case 'comment':
        return tile.comment(item, intent);
      case 'test':
        return delivery.test(intent);
      case 'push':
        return delivery.push(item, intent);
      case 'open-pr':
        return delivery.openPullRequest(item, intent);
      case 'deploy':
        return delivery.deploy(item, intent, key);
      case 'rollback':
        return delivery.rollback(item, intent, key);
    }
  };
}
