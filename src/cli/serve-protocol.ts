import type { Config } from '../config.ts';
import type { Tapped } from '../domain/tap.ts';
import type { LogLevel } from '../lib/log.ts';
import type { ComponentHealth } from '../serve/deps.ts';
import type { Content } from './content.ts';

/** What the thread that serves is started with. Everything in it survives being copied between threads. */
export interface ServeTask {
  readonly config: Config;
  readonly content: Pick<Content, 'assertions' | 'frameworks' | 'decisions'>;
  readonly port: number;
  readonly logLevel: LogLevel;
  readonly productFolder: string;
  readonly productVersion: string;
  readonly workingFolder: string;
}

/** What the thread cannot know itself. */
export interface Asked {
  /** In the Prometheus text format. */
  readonly metrics: string;
  readonly health: readonly ComponentHealth[];
}

/** What the thread says. */
export type ServeMessage =
  | { readonly kind: 'listening'; readonly url: string; readonly tokenFile: string }
  /** It cannot serve, and ends. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** Everything is closed: what is left of the thread may go. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'ask'; readonly id: number; readonly what: keyof Asked }
  /** The first looks at what goes by, or the last has gone. */
  | { readonly kind: 'tap'; readonly isOpen: boolean };

/** What it is told. */
export type ToServe =
  | { readonly kind: 'stop' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly problem: string }
  | { readonly kind: 'tapped'; readonly tapped: Tapped };
