/** The turn of a work item as a value: beside what every turn has its connections, the gate, the observer and the performer. */
import type { CodeChangeAgent } from '../../agents/agent.ts';
import type { SharedWork } from '../../checkout/shared-work.ts';
import type { Tree } from '../../checkout/workspace.ts';
import type { Connections } from '../../connections/connect.ts';
import type { Performer } from '../../effects/performer.ts';
import type { Gate } from '../../work-items/gate/approval.ts';
import type { EnginePhase } from '../../work-items/lifecycle/events.ts';
import type { Observer } from '../../work-items/observe/observe.ts';
import type { Tile } from '../../work-items/tracker.ts';
import type { BoardWorker } from '../board-worker.ts';
import type { ItemWorker } from '../item-worker.ts';
import type { Turn } from '../turn.ts';
import type { Drive } from './drive-item.ts';
import type { Dependencies } from './prompt/situation.ts';
import type { Steering } from './steering.ts';
import type { Product } from './turn-outcome.ts';

/** What a turn has once it can read a board, whatever it is for. */
export interface BoardTurn extends Turn<CodeChangeAgent> {
  readonly worker: BoardWorker;
  readonly connections: Connections;
}

export interface ItemTurn extends BoardTurn {
  readonly worker: ItemWorker;
  /** Says whose files the model is given, before it is given anything: what they contain is not hidden from it. */
  readonly standOn: (base: string) => Promise<void>;
  readonly steering: Steering;
  /** What other nodes need of its work. */
  readonly work: SharedWork;
  readonly gate: Gate;
  readonly observer: Observer;
  readonly performer: Performer;
}

/** One round of the engine for an item: what its tools are bound to. */
export interface Round {
  readonly phase: EnginePhase;
  readonly tree: Tree;
  /** What set-up left in the tree. */
  readonly dependencies: Dependencies;
  readonly tile: Tile;
  readonly drive: Drive;
  readonly product: Product;
}
