/** What the model's tool for the tracker is given, whichever tracker that is. */
import type { Redact } from '../base/redact.ts';
import type { TrackerReads } from '../work-items/tracker.ts';
import type { PlatformTool } from './tool.ts';

/** All of it is bound to one turn, whose work item is the only one that is written to. */
export interface TrackerToolPorts {
  /** Work items of our project and area that a query in the tracker's own language selects, or the ones in work when there is none. */
  query(text: string | undefined): Promise<unknown>;
  reads: Pick<TrackerReads, 'tile' | 'comments' | 'markdownOf'>;
  /** A new comment on the turn's work item; Markdown. */
  comment(markdown: string): Promise<unknown>;
  /** A child of the turn's work item, which never starts by itself. */
  create(type: string, fields: Readonly<Record<string, unknown>>): Promise<unknown>;
  update(fields: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Hosts to which links in what is written may lead. */
  linkHosts: readonly string[];
  /** Takes secrets out of what is written, before the sanitizer breaks one up. */
  redact: Redact;
}

/** Makes the tool for one turn; which of its actions exist there, `phases.ts` says. */
export type TrackerTool = (ports: TrackerToolPorts) => PlatformTool;
