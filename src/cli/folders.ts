import { join } from 'node:path';

export interface DataFolders {
  readonly lake: string;
  readonly reports: string;
  readonly signingKey: string;
  readonly apiToken: string;
  /** What people were told of which incident. */
  readonly told: string;
}

/** Where everything lies below the data folder. */
export const foldersIn = (data: string): DataFolders => ({
  lake: join(data, 'lake'),
  reports: join(data, 'reports'),
  signingKey: join(data, 'keys', 'evidence-signing-key.pem'),
  apiToken: join(data, 'keys', 'api-token'),
  told: join(data, 'state', 'alerts-told.json'),
});
