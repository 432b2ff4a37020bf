import type { Command } from 'commander';
import type { Io } from './io.ts';

/** Gives a command its arguments, options and action, or commands below it; the action answers with the exit code. */
export type CommandSetUp = (command: Command, io: Io, done: (code: number) => void) => void;

/** What the list of commands says of one, and the way to the rest of it. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly isHidden?: true;
  /** Loads its code, and with it what it needs of the product: nobody waits for what was not asked for. */
  readonly load: () => Promise<CommandSetUp>;
}
