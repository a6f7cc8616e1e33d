/** How often a work item's road passes each crash point, so that tests know which of them they can arm. */

/** On a road that nothing disturbs. */
export const exact = {
  'worker.intent': 17,
  'worker.effect': 17,
  'worker.effect-stored': 17,
  'worker.commit': 1,
  'supervisor.commit': 54,
  'engine.start': 2,
  'engine.event': 20,
};

/** The same where heartbeats add to it: at least so often. */
export const atLeast = { 'worker.message': 120, 'supervisor.message': 120 };

export const passages = { ...exact, ...atLeast };

export type Place = keyof typeof passages;
