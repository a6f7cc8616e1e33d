/** How often a work item's road passes each crash point, so that tests know which of them they can arm. */

/** On a road that nothing disturbs. */
export const exact = {
  'worker.intent': 18,
  'worker.effect': 18,
  'worker.effect-stored': 18,
  'worker.commit': 1,
  'worker.settled': 9,
  'supervisor.commit': 60,
  'engine.start': 2,
  'engine.event': 20,
};

/** The same where heartbeats add to it: at least so often. */
export const atLeast = { 'worker.message': 120, 'supervisor.message': 120 };

export const passages = { ...exact, ...atLeast };

export type Place = keyof typeof passages;
