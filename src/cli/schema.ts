import { configSchema } from '../config.ts';
import type { AddCommand } from './program.ts';

export const schema: AddCommand = (program, io) => {
  program
    .command('schema')
    .description('Print the JSON Schema of the configuration file, for editors.')
    .action(() => io.out(`${JSON.stringify(configSchema(), null, 2)}\n`));
};
