import { configSchema } from '../config.ts';
import type { CommandSetUp } from './command.ts';

export const schema: CommandSetUp = (command, io) => {
  command.action(() => io.out(`${JSON.stringify(configSchema(), null, 2)}\n`));
};
