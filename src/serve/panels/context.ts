import type { Posture } from '../../domain/control.ts';
import type { PanelId, PanelRow } from '../../domain/panels.ts';
import type { TimeRange } from '../../domain/ports.ts';
import type { ServeDeps } from '../deps.ts';

/** What a panel's rows are made from. */
export interface PanelContext {
  readonly deps: ServeDeps;
  readonly range: TimeRange;
  /** As asked for; `undefined` and `all` are every framework. */
  readonly framework: string | undefined;
  /** Posture over `range`, computed at most once for all panels of a refresh. */
  readonly posture: () => Promise<Posture>;
}

export type RowsOf<P extends PanelId> = (context: PanelContext) => Promise<readonly PanelRow<P>[]>;
